from engine.describe import *
