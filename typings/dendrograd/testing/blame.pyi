from engine.testing.blame import *
