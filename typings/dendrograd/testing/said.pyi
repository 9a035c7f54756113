from engine.testing.said import *
