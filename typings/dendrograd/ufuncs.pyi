from engine.ufuncs import *
