from engine.compiler.rolled.absorb import *
