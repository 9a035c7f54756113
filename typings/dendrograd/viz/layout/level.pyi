from viz.layout.level import *
