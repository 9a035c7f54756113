from engine.leaves import *
