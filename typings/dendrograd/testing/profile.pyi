from engine.testing.profile import *
