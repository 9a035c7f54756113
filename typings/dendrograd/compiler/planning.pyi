from engine.compiler.planning import *
