from engine.arithmetic.mpmath import *
