from engine.compiler.adjoint import *
