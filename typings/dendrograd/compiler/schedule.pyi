from engine.compiler.schedule import *
