from engine.compiler.rolled.levels import *
