from engine.passes import *
