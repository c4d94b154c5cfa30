"""Which Headstart this is."""


def number() -> str:
    """Its version."""
    from importlib.metadata import version  # noqa: PLC0415  (takes as long to load as all else that this needs)

    return version("headstart")


def text() -> str:
    """``headstart`` and its version."""
    return f"headstart {number()}"
