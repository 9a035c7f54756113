from engine.files import *
