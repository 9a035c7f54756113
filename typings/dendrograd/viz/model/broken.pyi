from viz.model.broken import *
