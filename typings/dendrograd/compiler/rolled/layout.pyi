from engine.compiler.rolled.layout import *
