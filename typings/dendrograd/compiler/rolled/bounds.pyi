from engine.compiler.rolled.bounds import *
