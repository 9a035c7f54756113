from engine.cli.formula import *
