from engine.cli.draw import *
