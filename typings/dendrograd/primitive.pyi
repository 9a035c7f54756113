from engine.primitive import *
