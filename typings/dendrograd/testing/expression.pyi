from engine.testing.expression import *
