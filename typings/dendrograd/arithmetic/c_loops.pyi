from engine.arithmetic.c_loops import *
