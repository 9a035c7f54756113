from viz.layout.plan import *
