from engine.compiler.rolled.certain import *
