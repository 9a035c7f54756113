from engine.flat import *
