from viz.page.drawing import *
