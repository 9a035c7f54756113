from engine.compiler.rolled.steps import *
