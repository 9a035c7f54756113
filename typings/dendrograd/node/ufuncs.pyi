from engine.node.ufuncs import *
