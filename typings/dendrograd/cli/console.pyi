from engine.cli.console import *
