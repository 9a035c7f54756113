from viz.page.views import *
