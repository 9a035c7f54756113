from engine.testing.exact import *
