from engine.compiler.arguments import *
