from engine.edges import *
