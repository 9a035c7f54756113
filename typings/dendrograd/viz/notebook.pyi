from viz.notebook import *
