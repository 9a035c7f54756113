from engine.compiler.rolled import *
