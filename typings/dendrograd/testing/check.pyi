from engine.testing.check import *
