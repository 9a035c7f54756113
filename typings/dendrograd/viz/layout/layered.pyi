from viz.layout.layered import *
