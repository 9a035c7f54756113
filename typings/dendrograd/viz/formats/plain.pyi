from viz.formats.plain import *
