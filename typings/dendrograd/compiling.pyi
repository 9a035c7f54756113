from engine.compiling import *
