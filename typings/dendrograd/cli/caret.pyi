from engine.cli.caret import *
