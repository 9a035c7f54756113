from engine.compiler.statements import *
