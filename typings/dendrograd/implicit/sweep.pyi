from engine.implicit.sweep import *
