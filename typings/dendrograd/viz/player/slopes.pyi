from viz.player.slopes import *
