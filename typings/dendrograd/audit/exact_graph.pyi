from engine.audit.exact_graph import *
