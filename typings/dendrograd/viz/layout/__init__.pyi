from viz.layout import *
