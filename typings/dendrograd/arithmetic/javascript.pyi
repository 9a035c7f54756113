from engine.arithmetic.javascript import *
