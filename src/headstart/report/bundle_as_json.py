"""A bundle as JSON: what was written, what went and why."""

import msgspec

from headstart.model.bundle import BundleResult


def encode(result: BundleResult) -> bytes:
    """The result in the order of its fields."""
    return msgspec.json.format(msgspec.json.encode(result)) + b"\n"
