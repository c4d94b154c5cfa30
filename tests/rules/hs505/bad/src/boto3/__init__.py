__version__ = "1.44.5"
