from engine.languages.language import *
