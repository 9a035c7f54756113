from engine.compiler.rolled.over import *
