from viz.layout.nesting import *
