from engine.compiler.batched import *
