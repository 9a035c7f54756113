from viz.formats.svg import *
