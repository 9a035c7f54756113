from engine.cli.find_function import *
