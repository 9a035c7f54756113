from engine.decorating import *
