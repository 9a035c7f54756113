from engine.arithmetic.c_header import *
