from engine.compiler.rolled.arrays import *
