from viz.page.links import *
