from viz.player.data import *
