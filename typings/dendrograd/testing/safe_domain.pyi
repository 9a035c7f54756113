from engine.testing.safe_domain import *
