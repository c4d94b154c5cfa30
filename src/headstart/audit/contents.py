"""The files of a function's package and its layers, by name and size, and the distributions installed in them."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

_SITE = re.compile(r"(?:python/lib/python3\.\d+/site-packages|python)/")
_MODULE_FILE = re.compile(r"(?P<module>[^/.]+)(?:\.[\w-]+)*\.(?:py|pyc|so|pyd)")


class PackagedFile(msgspec.Struct, frozen=True):
    """A file's path within the package or layer (posix), and its bytes unzipped."""

    name: str
    size_bytes: int


class Distribution(msgspec.Struct, frozen=True, kw_only=True):
    """An installed distribution: normalised name, version, its top-level import names, and the tags of its wheel.

    ``where`` is the file or folder that it is in, the code's or a layer's; ``folder`` its ``*.dist-info`` therein.
    """

    name: str
    version: str
    modules: tuple[str, ...] = ()
    size_bytes: int = 0
    where: str = ""
    folder: str = ""
    tags: tuple[str, ...] = ()


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """``files`` of the code, ``layers`` those of each layer in order; ``distributions`` of all of them, and
    ``requirements`` the normalised names that a requirements.txt beside the code would install (what has no name, a
    path or URL, as it stands).

    ``timestamped`` are the files of bytecode in ``files`` that hold for as long as the source keeps its time of change;
    others hold whatever its time is. ``is_buildable``: the code has a pyproject.toml, Pipfile or the like, by which a
    build may install more than requirements.txt has.
    """

    root: Path
    files: tuple[PackagedFile, ...]
    layers: tuple[tuple[PackagedFile, ...], ...] = ()
    distributions: tuple[Distribution, ...] = ()
    requirements: tuple[str, ...] = ()
    timestamped: frozenset[str] = frozenset()
    is_buildable: bool = False

    @property
    def size_bytes(self) -> int:
        """Code and layers unzipped, as Lambda's limit counts them."""
        return sum(file.size_bytes for files in (self.files, *self.layers) for file in files)

    def to_install(self) -> tuple[str, ...]:
        """The requirements that are not installed in the code or a layer yet: a build comes after this."""
        installed = {each.name for each in self.distributions}
        return tuple(name for name in self.requirements if name not in installed)

    def modules(self) -> frozenset[str]:
        """The top-level names that can be imported from the code and its layers."""
        in_layers = (_SITE.sub("", file.name, count=1) for files in self.layers for file in files if _is_site(file))
        names = (*(file.name for file in self.files), *in_layers)
        return frozenset(_top_level(names))

    def path_of(self, name: str) -> str:
        """Where a file of the code is on this machine; within a zip, the zip."""
        return str(self.root / name) if self.root.is_dir() else str(self.root)


def _is_site(file: PackagedFile) -> bool:
    return _SITE.match(file.name) is not None


def _top_level(names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        first, slash, _ = name.partition("/")
        if slash:
            yield first
        elif match := _MODULE_FILE.fullmatch(name):
            yield match["module"]
