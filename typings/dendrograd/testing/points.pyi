from engine.testing.points import *
