from engine.compiler.reduction import *
