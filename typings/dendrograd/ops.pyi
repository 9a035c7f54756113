from engine.ops import *
