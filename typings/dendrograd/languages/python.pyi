from engine.languages.python import *
