from engine.series import *
