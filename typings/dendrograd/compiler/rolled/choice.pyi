from engine.compiler.rolled.choice import *
