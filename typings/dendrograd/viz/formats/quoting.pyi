from viz.formats.quoting import *
