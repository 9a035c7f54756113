from engine.argnums import *
