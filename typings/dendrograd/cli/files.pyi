from engine.cli.files import *
