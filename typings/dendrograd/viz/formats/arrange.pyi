from viz.formats.arrange import *
