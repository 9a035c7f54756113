from engine.compiler.rolled.factor import *
