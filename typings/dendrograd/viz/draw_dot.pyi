from viz.draw_dot import *
