from engine.compiler.rolled.running import *
