from engine.implicit import *
