from engine.testing.function import *
