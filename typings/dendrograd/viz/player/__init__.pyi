from viz.player import *
