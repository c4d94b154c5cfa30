"""Which Headstart this is."""


def text() -> str:
    """``headstart`` and its version."""
    from importlib.metadata import version  # noqa: PLC0415  (takes as long to load as all else that this needs)

    return f"headstart {version('headstart')}"
