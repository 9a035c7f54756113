from engine.compiler.rolled.colours import *
