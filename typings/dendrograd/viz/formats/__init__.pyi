from viz.formats import *
