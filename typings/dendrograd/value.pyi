from engine.value import *
