from engine.compiler.worth import *
