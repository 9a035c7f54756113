from engine.compositions import *
