from engine.implicit.system import *
