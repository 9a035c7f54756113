from engine.notices.alarm import *
