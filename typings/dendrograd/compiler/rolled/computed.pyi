from engine.compiler.rolled.computed import *
