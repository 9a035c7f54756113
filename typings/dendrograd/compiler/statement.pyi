from engine.compiler.statement import *
