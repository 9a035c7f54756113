from engine.compiler.sharing import *
