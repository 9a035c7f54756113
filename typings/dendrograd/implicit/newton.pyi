from engine.implicit.newton import *
