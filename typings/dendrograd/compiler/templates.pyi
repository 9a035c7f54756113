from engine.compiler.templates import *
