from engine.languages.numpy import *
