from engine.compiler.fuse import *
