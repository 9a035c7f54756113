from engine.node.arguments import *
