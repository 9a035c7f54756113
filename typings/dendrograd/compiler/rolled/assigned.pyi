from engine.compiler.rolled.assigned import *
