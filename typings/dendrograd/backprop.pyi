from engine.backprop import *
