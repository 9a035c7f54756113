from engine.errorbars.propagate import *
