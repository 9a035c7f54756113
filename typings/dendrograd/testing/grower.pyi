from engine.testing.grower import *
