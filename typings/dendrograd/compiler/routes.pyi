from engine.compiler.routes import *
