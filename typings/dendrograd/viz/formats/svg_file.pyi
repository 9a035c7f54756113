from viz.formats.svg_file import *
