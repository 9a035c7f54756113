from engine.compiler.tape import *
