from engine.cli.proof import *
