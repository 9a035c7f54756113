from engine.node.methods import *
