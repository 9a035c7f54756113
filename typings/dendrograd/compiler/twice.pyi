from engine.compiler.twice import *
