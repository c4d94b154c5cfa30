"""Which Headstart this is."""

from importlib.metadata import version


def text() -> str:
    """``headstart`` and its version."""
    return f"headstart {version('headstart')}"
