from viz.player.captions import *
