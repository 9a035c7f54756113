from engine.testing.kinks import *
