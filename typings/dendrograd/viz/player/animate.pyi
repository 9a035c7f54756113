from viz.player.animate import *
