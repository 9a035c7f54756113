from engine.compiler import *
