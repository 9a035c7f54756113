from engine.native import *
