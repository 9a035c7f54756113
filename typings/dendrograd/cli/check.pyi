from engine.cli.check import *
