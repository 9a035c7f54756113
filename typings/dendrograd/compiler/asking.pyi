from engine.compiler.asking import *
