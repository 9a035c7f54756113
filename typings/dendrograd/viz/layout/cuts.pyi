from viz.layout.cuts import *
