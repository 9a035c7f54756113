from engine.compiler.rolled.reverse import *
