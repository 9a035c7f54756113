from engine.arithmetic.complex import *
