from viz.page.live import *
