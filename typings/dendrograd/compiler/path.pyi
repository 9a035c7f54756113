from engine.compiler.path import *
