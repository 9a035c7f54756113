from viz.formats.legend import *
