from engine.compiler.rolled.memory import *
