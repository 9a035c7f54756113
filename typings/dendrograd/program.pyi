from engine.program import *
