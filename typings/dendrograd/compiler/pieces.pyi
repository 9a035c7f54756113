from engine.compiler.pieces import *
