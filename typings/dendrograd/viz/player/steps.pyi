from viz.player.steps import *
