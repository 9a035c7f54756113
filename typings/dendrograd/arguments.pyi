from engine.arguments import *
