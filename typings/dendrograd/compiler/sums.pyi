from engine.compiler.sums import *
