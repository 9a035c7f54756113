from engine.implicit.errors import *
