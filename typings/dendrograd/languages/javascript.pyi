from engine.languages.javascript import *
