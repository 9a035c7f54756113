from engine.arithmetic.dual import *
