"""The imports known to change what functions do when they are deferred, each in the version in which it was seen to."""

from importlib import resources

import msgspec

from headstart.model.deferral_result import Culprit


def known() -> tuple[Culprit, ...]:
    """Those in known_culprits.json, each found by the search and seen to differ again with all others deferred."""
    content = resources.files(__package__).joinpath("known_culprits.json").read_bytes()
    return msgspec.json.decode(content, type=tuple[Culprit, ...])
