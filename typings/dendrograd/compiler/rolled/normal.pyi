from engine.compiler.rolled.normal import *
