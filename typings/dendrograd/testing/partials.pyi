from engine.testing.partials import *
