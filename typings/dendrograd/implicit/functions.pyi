from engine.implicit.functions import *
