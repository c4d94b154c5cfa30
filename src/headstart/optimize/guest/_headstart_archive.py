"""Tells that a module of the side archive was needed: no event that was recorded loaded it, and there it loads slowly.

The bytecode of each module in the archive calls ``note`` first.
"""

import os

_told: "set[str]" = set()


def note(module: str) -> None:
    """Tell on stderr what is loaded from the archive, the first module of each package."""
    package = module.partition(".")[0]
    if package in _told or os.environ.get("HEADSTART_DEFERRAL_LOG") == "off":
        return
    _told.add(package)
    try:
        os.write(2, f"headstart: a module of the side archive was needed: {module}\n".encode())
    except OSError:  # nobody reads it
        pass
