from viz.player.loop import *
