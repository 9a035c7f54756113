from engine.compiler.forms import *
