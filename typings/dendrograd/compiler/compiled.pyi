from engine.compiler.compiled import *
