from viz.diagram import *
