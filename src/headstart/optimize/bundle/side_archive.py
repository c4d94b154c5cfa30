"""Moves modules that no event loads into an archive, where the packages that they are of find them still.

A package whose modules are moved stays where it is and looks for them in its folder first, then in the archive: its
bytecode appends that to its ``__path__``. Nothing is hooked, and no name gets to mean a module of the runtime's.
"""

import re
import tempfile
from collections.abc import Iterable, Iterator, Set
from pathlib import Path
from typing import Final

from headstart.model.progress import NoProgress
from headstart.model.side_archive import ArchivedPart
from headstart.optimize.bundle import zip_file
from headstart.optimize.bundle.listing import OWN_CODE, Listing

ARCHIVE: Final = "_headstart_archive.zip"
_PACKAGE: Final = "__init__.py"
# What tells a module where it stands, or takes what lies beside it: it may find less in an archive.
_KNOWS_ITS_PLACE: Final = re.compile(
    rb"__file__|__path__|__spec__|__loader__|__cached__|sys\.modules|importlib[._]resources|import resources"
    rb"|pkg_resources|get_data"
)
# A package that is put in another's place, or has a path of its own making, may not look into the archive.
_HAS_ITS_OWN_PATH: Final = re.compile(rb"__path__|sys\.modules")
# A module that goes through its folder, puts it on sys.path or runs files: what it finds there may be modules.
_GOES_THROUGH_FOLDERS: Final = re.compile(
    rb"\b(?:listdir|scandir|iterdir|i?glob|rglob|walk|iter_modules|walk_packages|sys\.path)\b"
    rb"|spec_from_file_location|SourceFileLoader|run_path"
)
_NAMES_ITS_FILE: Final = re.compile(rb"__file__|__path__")
_SPELLED: Final = re.compile(rb"\b(\w{1,100}\.py)['\"]")


def movable(files: Listing, loaded: Set[str]) -> frozenset[str]:
    """The paths of modules of dependencies that can be archived; ``loaded`` are the full names of those that cannot.

    What is neither top-level nor native, has bytecode, does not know its place, and is not asked for as a file; of a
    package its own module only with all that is in its folder.
    """
    spelled = {name.decode() for path in files.sizes if _is_source(path) for name in _SPELLED.findall(files.read(path))}
    looked_through = tuple(_looked_through(files))
    chosen = {
        path
        for path in files.sizes
        if _is_source(path)
        and files.owner(path) != OWN_CODE
        and _name(path) not in loaded
        and path.rpartition("/")[2] not in spelled | {"__main__.py"}
        and not path.startswith(looked_through)
        and _is_of_packages(path, files)
        and _bytecode_of(files.root / path) is not None
        and not _KNOWS_ITS_PLACE.search(files.read(path))
    }
    staying = {path for path in files.sizes if path not in chosen and not _is_bytecode(path)}
    with_more = {folder for path in staying for folder in _folders_above(path)}
    return frozenset(path for path in chosen if not (path.endswith(f"/{_PACKAGE}") and _folder(path) in with_more))


def parts(files: Listing, moved: Iterable[str]) -> tuple[ArchivedPart, ...]:
    """What is moved by owner, most bytes first."""
    by_owner: dict[str, list[str]] = {}
    for path in moved:
        by_owner.setdefault(files.owner(path), []).append(path)
    found = [
        ArchivedPart(owner=owner, modules=len(paths), size_bytes=sum(_weigh(files.root / path) for path in paths))
        for owner, paths in by_owner.items()
    ]
    return tuple(sorted(found, key=lambda part: (-part.size_bytes, part.owner)))


def move(root: Path, moved: Iterable[str]) -> None:
    """Move those of the modules that are under ``root``, with their bytecode, into an archive there."""
    here = [path for path in sorted(moved) if (root / path).is_file()]
    if not here:
        return
    with tempfile.TemporaryDirectory(prefix="headstart-") as folder:
        for path in here:
            source, target = root / path, Path(folder) / path
            target.parent.mkdir(parents=True, exist_ok=True)
            bytecode = _bytecode_of(source)
            if bytecode is not None:
                bytecode.replace(target.with_suffix(".pyc"))
            source.replace(target)
        zip_file.write(Path(folder), root / ARCHIVE, shown_as=ARCHIVE, progress=NoProgress())
    for path in sorted({_folder(path) for path in here}, reverse=True):
        for place in (root / path / "__pycache__", *(root / above for above in (path, *_folders_above(path)))):
            if place.is_dir() and not any(place.iterdir()):
                place.rmdir()


def _looked_through(files: Listing) -> Iterator[str]:
    for path in files.sizes:
        if _is_source(path) and "/" in path:
            text = files.read(path)
            if _NAMES_ITS_FILE.search(text) and _GOES_THROUGH_FOLDERS.search(text):
                yield f"{_folder(path)}/"


def _is_of_packages(path: str, files: Listing) -> bool:
    """Whether it is not top-level, and all above it are packages with code, the nearest with the usual path."""
    folders = [*_folders_above(path)]
    within = folders[1:] if path.endswith(f"/{_PACKAGE}") else folders
    if not within or any(f"{folder}/{_PACKAGE}" not in files.sizes for folder in within):
        return False
    nearest = f"{within[0]}/{_PACKAGE}"
    return _bytecode_of(files.root / nearest) is not None and not _HAS_ITS_OWN_PATH.search(files.read(nearest))


def _is_source(path: str) -> bool:
    return path.endswith(".py")


def _is_bytecode(path: str) -> bool:
    return path.endswith(".pyc")


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _folders_above(path: str) -> Iterator[str]:
    """The folders that it is in, the nearest first."""
    folder = _folder(path)
    while folder:
        yield folder
        folder = _folder(folder)


def _name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _bytecode_of(source: Path) -> Path | None:
    """Where the bytecode of a module stands: beside it, or as Python keeps it."""
    places = [source.with_suffix(".pyc"), *(source.parent / "__pycache__").glob(f"{source.stem}.cpython-*.pyc")]
    return next((place for place in places if place.is_file()), None)


def _weigh(source: Path) -> int:
    bytecode = _bytecode_of(source)
    return source.stat().st_size + (bytecode.stat().st_size if bytecode else 0)
