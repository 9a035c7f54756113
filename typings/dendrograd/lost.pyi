from engine.lost import *
