from engine.transforms import *
