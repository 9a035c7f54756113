from engine.compiler.surroundings import *
