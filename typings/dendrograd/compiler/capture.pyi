from engine.compiler.capture import *
