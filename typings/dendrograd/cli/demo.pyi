from engine.cli.demo import *
