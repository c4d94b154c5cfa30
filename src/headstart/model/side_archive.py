"""Modules of a bundle that stand in an archive: still importable, but more slowly, and so only what no event loads."""

import msgspec

from headstart.model.gain import Gain
from headstart.model.proof import Verdict


class ArchivedPart(msgspec.Struct, frozen=True, kw_only=True):
    """What of ``owner`` (a distribution as ``sympy==1.14.0``) is archived: ``size_bytes`` with sources and bytecode."""

    owner: str
    modules: int
    size_bytes: int


class SideArchive(msgspec.Struct, frozen=True, kw_only=True):
    """What was archived, and by what it was proved and measured.

    ``modules`` are paths in the package, ``parts`` the same by owner, most bytes first. The package has ``saved_bytes``
    less unzipped, and ``saved_files``. ``withdrawn`` says why nothing is archived; ``doubts`` what keeps the ``proof``
    from "same". ``is_locked``: it is what headstart.lock.json says, which still holds.
    """

    events: tuple[str, ...]
    modules: tuple[str, ...] = ()
    parts: tuple[ArchivedPart, ...] = ()
    saved_bytes: int = 0
    saved_files: int = 0
    gains: tuple[Gain, ...] = ()
    proof: Verdict | None = None
    doubts: tuple[str, ...] = ()
    withdrawn: str = ""
    is_locked: bool = False

    @property
    def is_settled(self) -> bool:
        """Whether what is archived was proved to change nothing."""
        return not self.doubts
