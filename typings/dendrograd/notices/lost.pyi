from engine.notices.lost import *
