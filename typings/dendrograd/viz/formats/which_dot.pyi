from viz.formats.which_dot import *
