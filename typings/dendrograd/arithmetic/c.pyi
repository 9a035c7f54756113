from engine.arithmetic.c import *
