from engine.testing.comparison import *
