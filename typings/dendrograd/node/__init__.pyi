from engine.node import *
