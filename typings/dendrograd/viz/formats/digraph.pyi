from viz.formats.digraph import *
