from viz.page.legend import *
