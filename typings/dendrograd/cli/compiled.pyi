from engine.cli.compiled import *
