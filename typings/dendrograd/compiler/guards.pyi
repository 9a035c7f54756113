from engine.compiler.guards import *
