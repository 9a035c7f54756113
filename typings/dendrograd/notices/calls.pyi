from engine.notices.calls import *
