from viz.page.document import *
