"""What became of data files that a bundle has in another form than their package: what rewriters have in common."""

from collections.abc import Mapping

import msgspec

from headstart.model.bundle import Shrunk, Spared
from headstart.optimize.bundle.listing import Listing


class Rewritten(msgspec.Struct, frozen=True, kw_only=True):
    """What became of data: the new path of each file that was written anew, what that saved, or what reads it."""

    paths: Mapping[str, str] = {}
    shrunk: tuple[Shrunk, ...] = ()
    spared: tuple[Spared, ...] = ()


def write_anew(files: Listing, path: str, *, content: bytes, into: str | None = None) -> None:
    """Write ``content`` in place of a file, at ``into`` where that is another path."""
    (files.root / path).unlink()
    (files.root / (into or path)).write_bytes(content)
