from engine.calls import *
