from viz.training.charts import *
