from viz.formats.positions import *
