from engine.testing.ladder import *
