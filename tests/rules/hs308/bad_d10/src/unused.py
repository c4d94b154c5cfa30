import os

NEVER_LOADED = os.environ["SOMETHING"]
