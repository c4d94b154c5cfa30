"""The files of a function's package and its layers, by name and size, and the distributions installed in them."""

from pathlib import Path

import msgspec


class PackagedFile(msgspec.Struct, frozen=True):
    """A file's path within the package or layer (posix), and its bytes unzipped."""

    name: str
    size_bytes: int


class Distribution(msgspec.Struct, frozen=True, kw_only=True):
    """An installed distribution (``*.dist-info``): normalised name, version, and its top-level import names."""

    name: str
    version: str
    modules: tuple[str, ...] = ()
    size_bytes: int = 0
    where: str = ""


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """``files`` of the code, ``layers`` those of each layer in order; ``distributions`` of all of them, and
    ``requirements`` the normalised names that a requirements.txt beside the code would install.
    """

    root: Path
    files: tuple[PackagedFile, ...]
    layers: tuple[tuple[PackagedFile, ...], ...] = ()
    distributions: tuple[Distribution, ...] = ()
    requirements: tuple[str, ...] = ()
