from engine.testing.verdicts import *
