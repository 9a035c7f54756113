from viz.player.player import *
