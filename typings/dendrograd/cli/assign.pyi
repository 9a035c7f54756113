from engine.cli.assign import *
