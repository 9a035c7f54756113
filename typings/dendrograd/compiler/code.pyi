from engine.compiler.code import *
