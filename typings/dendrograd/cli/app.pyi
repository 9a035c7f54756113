from engine.cli.app import *
