from engine.compiler.rolled.singles import *
