from viz.readable import *
