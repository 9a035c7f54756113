from viz.formats.sheet import *
