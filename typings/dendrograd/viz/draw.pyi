from viz.draw import *
