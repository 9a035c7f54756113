from engine.methods import *
