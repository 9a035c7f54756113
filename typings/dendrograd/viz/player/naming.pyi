from viz.player.naming import *
