from engine.compiler.rows import *
