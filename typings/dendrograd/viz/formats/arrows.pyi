from viz.formats.arrows import *
