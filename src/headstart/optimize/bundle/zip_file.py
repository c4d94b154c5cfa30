"""Writes a folder as a zip, or copies it, so that only names, contents and executable bits of its files count."""

import hashlib
import os
import shutil
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from headstart.model.progress import Progress

# The first moment that a zip can name; bytecode with an unchecked hash does not ask for the time of its source.
_DATE: Final = (1980, 1, 1, 0, 0, 0)
_DATE_S: Final = 315_532_800
_UNIX: Final = 3
_LEVEL: Final = 6


def write(root: Path, path: Path, *, shown_as: str, progress: Progress) -> None:
    """Write the files under ``root`` to ``path``, in the order of their names; links stay links."""
    names = list(_names(root))
    stage = f"zipping {shown_as}"
    progress.start(stage, len(names))
    try:
        with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
            for name in names:
                archive.writestr(*_member(root, name), compress_type=zipfile.ZIP_DEFLATED, compresslevel=_LEVEL)
                progress.advance(stage)
    finally:
        progress.finish(stage)


def settle(root: Path) -> None:
    """Give every file and folder under ``root`` the date and mode that it has in the zip."""
    for folder, folders, names in os.walk(root, topdown=False):
        for name in (*folders, *names):
            path = Path(folder) / name
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() else _mode(path))
            os.utime(path, (_DATE_S, _DATE_S), follow_symlinks=False)
    root.chmod(0o755)
    os.utime(root, (_DATE_S, _DATE_S))


def copy(root: Path, target: Path) -> None:
    """Copy a settled folder: links stay links, dates and modes stay what they are."""
    shutil.copytree(root, target, symlinks=True)


def digest(root: Path) -> str:
    """The SHA-256 of the names, modes and contents of the files under ``root``."""
    total = hashlib.sha256()
    for name in _names(root):
        info, content = _member(root, name)
        total.update(f"{name}\0{info.external_attr}\0{len(content)}\0".encode() + content)
    return total.hexdigest()


def _names(root: Path) -> Iterator[str]:
    found = ((Path(folder) / name).relative_to(root).as_posix() for folder, names in _walk(root) for name in names)
    yield from sorted(found)


def _walk(root: Path) -> Iterator[tuple[str, list[str]]]:
    for folder, folders, names in os.walk(root):
        yield folder, [*names, *(name for name in folders if (Path(folder) / name).is_symlink())]


def _member(root: Path, name: str) -> tuple[zipfile.ZipInfo, bytes]:
    path, info = root / name, zipfile.ZipInfo(name, _DATE)
    info.create_system = _UNIX
    if path.is_symlink():
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        return info, os.fsencode(path.readlink())
    info.external_attr = (stat.S_IFREG | _mode(path)) << 16
    return info, path.read_bytes()


def _mode(path: Path) -> int:
    return 0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644
