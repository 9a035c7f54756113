from viz.page.page import *
