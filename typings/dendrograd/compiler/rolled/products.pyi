from engine.compiler.rolled.products import *
