from engine.cli.errors import *
