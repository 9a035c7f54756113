from engine.errorbars import *
