from engine.trees import *
