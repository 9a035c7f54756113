from engine.testing.strategies import *
