from viz.formats.drawn import *
