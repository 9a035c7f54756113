from engine.testing.checks import *
