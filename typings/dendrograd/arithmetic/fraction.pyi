from engine.arithmetic.fraction import *
