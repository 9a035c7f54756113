from engine.compiler.lanes import *
