from engine.sweeps import *
