from engine.testing.branches import *
