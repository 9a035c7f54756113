from engine.testing.figures import *
