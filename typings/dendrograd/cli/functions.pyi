from engine.cli.functions import *
