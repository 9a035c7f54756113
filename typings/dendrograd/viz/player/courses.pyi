from viz.player.courses import *
