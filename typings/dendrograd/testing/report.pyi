from engine.testing.report import *
