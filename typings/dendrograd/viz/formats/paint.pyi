from viz.formats.paint import *
