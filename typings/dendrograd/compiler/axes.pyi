from engine.compiler.axes import *
