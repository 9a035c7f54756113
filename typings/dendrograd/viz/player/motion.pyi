from viz.player.motion import *
