from engine.testing.examine import *
