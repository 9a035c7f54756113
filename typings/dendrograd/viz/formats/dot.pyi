from viz.formats.dot import *
