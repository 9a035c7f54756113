from engine.alarm import *
