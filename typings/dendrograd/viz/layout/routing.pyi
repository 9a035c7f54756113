from viz.layout.routing import *
