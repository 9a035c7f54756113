from engine.compiler.rolled.grids import *
