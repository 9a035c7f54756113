from engine.testing.differences import *
