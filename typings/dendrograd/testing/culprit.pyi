from engine.testing.culprit import *
