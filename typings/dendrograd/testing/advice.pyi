from engine.testing.advice import *
