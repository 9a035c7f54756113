from engine.cli.pictures import *
