from viz.markup import *
