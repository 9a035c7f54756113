from viz.page.plans import *
