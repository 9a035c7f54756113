from viz.layout.grid import *
