from viz.player.opened import *
