from engine.node.edges import *
