from engine.compiler.rolled.tame import *
