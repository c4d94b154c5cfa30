"""The files of a function's code, in a folder or a zip alike."""

import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from headstart.errors import PackageError

_DEPTH_MAX: Final = 6


class CodeFiles(msgspec.Struct, frozen=True):
    """The names of a package's files, and how to read one."""

    names: tuple[str, ...]
    read: Callable[[str], bytes]


def read(code: Path) -> CodeFiles:
    """The files of a folder, down to a depth where code may lie, or of a zip.

    Raises:
        PackageError: the zip cannot be read.
    """
    if code.is_dir():
        return CodeFiles(tuple(_walk(code)), lambda name: (code / name).read_bytes())
    try:
        with zipfile.ZipFile(code) as archive:
            names = tuple(member.filename for member in archive.infolist() if not member.is_dir())
    except (OSError, zipfile.BadZipFile) as error:
        raise PackageError(f"{code} cannot be read as a zip: {error}", hint="give a folder or a .zip") from error
    return CodeFiles(names, lambda name: _read_member(code, name))


def _read_member(code: Path, name: str) -> bytes:
    with zipfile.ZipFile(code) as archive:
        return archive.read(name)


def _walk(root: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        depth = len(Path(folder).relative_to(root).parts)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and depth < _DEPTH_MAX)
        yield from ((Path(folder) / name).relative_to(root).as_posix() for name in sorted(names))
