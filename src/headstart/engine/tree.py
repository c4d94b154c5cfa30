"""Folders of a function's files: what ships, what it weighs, and a digest of its content."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

# Never part of a deployment package; their names are the same in any project.
LEFT_OUT = frozenset(
    {".git", ".venv", "venv", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", "node_modules"}
)


def files(root: Path, *, left_out: frozenset[str] = LEFT_OUT) -> Iterator[Path]:
    """The files under ``root`` as paths relative to it, sorted; links are followed as zip follows them.

    Links in a circle, dangling links and what is no plain file are passed over.
    """
    yield from (path.relative_to(root) for path in _files(root, left_out, above=(root.resolve(),)))


def _files(folder: Path, left_out: frozenset[str], *, above: tuple[Path, ...]) -> Iterator[Path]:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        path = folder / entry.name
        if entry.name in left_out:
            continue
        if entry.is_file():
            yield path
        elif entry.is_dir() and (real := path.resolve()) not in above:
            yield from _files(path, left_out, above=(*above, real))


def weigh(root: Path, *, left_out: frozenset[str] = LEFT_OUT) -> tuple[int, int]:
    """The bytes and the number of the files that ship."""
    sizes = [(root / path).stat().st_size for path in files(root, left_out=left_out)]
    return sum(sizes), len(sizes)


def fingerprint(*parts: str) -> str:
    """A short name for ``parts`` that no other parts have."""
    return hashlib.sha256("\0".join(f"{len(part)}:{part}" for part in parts).encode()).hexdigest()[:32]


def file_digest(path: Path) -> str:
    """The SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest(path: Path, *, left_out: frozenset[str] = LEFT_OUT) -> str:
    """A digest of a file, or of the names, executable bits and contents of a folder's files."""
    if path.is_file():
        return file_digest(path)
    parts = []
    for file in files(path, left_out=left_out):
        executable = os.access(path / file, os.X_OK)
        parts += [file.as_posix(), str(executable), file_digest(path / file)]
    return fingerprint(*parts)


def link_or_copy(source: Path, target: Path) -> None:
    """Make ``target`` the same file as ``source`` where the file system allows, else a copy of it."""
    try:
        os.link(source.resolve(), target)
    except OSError:
        shutil.copy2(source, target)


def copy(
    source: Path,
    target: Path,
    *,
    left_out: frozenset[str] = LEFT_OUT,
    put: Callable[[Path, Path], object] = shutil.copy2,
) -> None:
    """Lay the files of ``source`` over ``target``; what is there gives way."""
    for path in files(source, left_out=left_out):
        destination = target / path
        _make_folder(destination.parent, target)
        if destination.is_dir():
            shutil.rmtree(destination)
        destination.unlink(missing_ok=True)
        put(source / path, destination)


def _make_folder(folder: Path, root: Path) -> None:
    for place in (*reversed(folder.relative_to(root).parents), folder.relative_to(root)):
        if (root / place).is_file():
            (root / place).unlink()
    folder.mkdir(parents=True, exist_ok=True)


def make_readable(root: Path) -> None:
    """Let every user read what is under ``root``, as on Lambda, where the function runs as a user of its own."""
    root.chmod(0o755)
    for folder, folders, names in os.walk(root):
        for name in folders:
            (Path(folder) / name).chmod(0o755)
        for name in names:
            path = Path(folder) / name
            path.chmod(path.stat().st_mode | 0o444)
