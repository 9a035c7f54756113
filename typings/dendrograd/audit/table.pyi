from engine.audit.table import *
