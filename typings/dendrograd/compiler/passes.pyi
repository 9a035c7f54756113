from engine.compiler.passes import *
