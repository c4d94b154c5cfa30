"""The files of a package before it is pruned, and which distribution each belongs to."""

import functools
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import Final

import msgspec

from headstart.model.installed import normalized, recorded

OWN_CODE: Final = "your code"
_DIST_INFO: Final = re.compile(r"(?P<name>[A-Za-z0-9][\w.]*)-(?P<version>[^/-]+)\.dist-info")


class Listing(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """``sizes`` of all files by path (posix, sorted), ``owners`` of those that a distribution brought along, as
    ``numpy==2.4.6``."""

    root: Path
    sizes: Mapping[str, int]
    owners: Mapping[str, str]

    def owner(self, path: str) -> str:
        """The distribution that a file is of, or the function itself."""
        return self.owners.get(path, OWN_CODE)

    @functools.cached_property
    def sources(self) -> Mapping[str, tuple[str, ...]]:
        """The modules of each owner that can be read."""
        found: dict[str, list[str]] = {}
        for path in self.sizes:
            if path.endswith(".py"):
                found.setdefault(self.owner(path), []).append(path)
        return {owner: tuple(paths) for owner, paths in found.items()}

    def without(self, paths: Set[str]) -> "Listing":
        """The other files."""
        left = {path: size_bytes for path, size_bytes in self.sizes.items() if path not in paths}
        return msgspec.structs.replace(self, sizes=left)

    def read(self, path: str) -> bytes:
        """A file's content."""
        return (self.root / path).read_bytes()

    def says(self, owner: str, pattern: re.Pattern[bytes]) -> str | None:
        """The first module of ``owner`` in whose text ``pattern`` is."""
        return next((path for path in self.sources.get(owner, ()) if pattern.search(self.read(path))), None)


def listing(root: Path, owners: Mapping[str, str]) -> Listing:
    """All files under ``root``."""
    return Listing(root=root, sizes=dict(_sizes(root)), owners=owners)


def owners_in(root: Path) -> dict[str, str]:
    """The distribution of each file that one recorded as its own; what lies outside of ``root`` is not told."""
    owners: dict[str, str] = {}
    for folder in sorted(root.glob("*.dist-info")):
        if match := _DIST_INFO.fullmatch(folder.name):
            owner = f"{normalized(match['name'])}=={match['version']}"
            mine = [f"{folder.name}/{file.relative_to(folder).as_posix()}" for file in folder.rglob("*")]
            owners |= dict.fromkeys((*mine, *recorded(_text(folder / "RECORD"))), owner)
    return owners


def name_of(owner: str) -> str:
    """Of a distribution, without its version."""
    return owner.partition("==")[0]


def merge(source: Path, target: Path) -> list[str]:
    """Move the files of ``source`` over those of ``target``, and tell their paths."""
    paths = [path for path, _ in _sizes(source)]
    for path in paths:
        place = target / path
        for above in place.relative_to(target).parents:
            if (target / above).is_file():
                (target / above).unlink()
        if place.is_dir():
            shutil.rmtree(place)
        place.parent.mkdir(parents=True, exist_ok=True)
        (source / path).replace(place)
    return paths


def _sizes(root: Path) -> Iterator[tuple[str, int]]:
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            file = Path(folder) / name
            yield file.relative_to(root).as_posix(), file.lstat().st_size


def _text(file: Path) -> str:
    return file.read_text("utf-8") if file.is_file() else ""
