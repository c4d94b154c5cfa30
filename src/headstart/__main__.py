"""``python -m headstart``."""

from headstart.cli.main import run

run()
