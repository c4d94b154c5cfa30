"""Reads what a folder or zip of code ships, and its layers, without unpacking anything."""

import os
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from headstart.audit.contents import Contents, Distribution, PackagedFile
from headstart.errors import PackageError
from headstart.model.installed import normalized, recorded

# Never part of a deployment package.
_LEFT_OUT: Final = frozenset({".git", ".venv", "venv", ".mypy_cache", ".pytest_cache", ".ruff_cache", "node_modules"})
_BUILDS: Final = ("pyproject.toml", "Pipfile", "poetry.lock", "uv.lock", "setup.py", "Makefile")
_DIST_INFO: Final = re.compile(
    r"(?P<folder>(?:.*/)?(?P<name>[A-Za-z0-9][\w.]*)-(?P<version>[^/-]+)\.dist-info)/METADATA"
)
_TOP: Final = re.compile(r"(?P<module>[A-Za-z_]\w*)(?:/.+)?(?:\.[\w-]+)*\.(?:py|so|pyd)")
_REQUIREMENT: Final = re.compile(r"(?P<name>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(?:[=<>!~;@(,]|$)")
_INCLUDED: Final = re.compile(r"(?:-r|--requirement)[\s=]*(?P<path>\S+)")
# Source: https://docs.python.org/3/reference/import.html and PEP 552 (2026-11-23): magic number, then flags, of which
# none is set when the bytecode is checked by the time and size of its source.
_PYC_FLAGS: Final = slice(4, 8)


class _Files(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes by name, and a way to the beginning of a file (all of it without a limit)."""

    sizes: Mapping[str, int]
    read: Callable[[str, int], bytes]

    def text(self, name: str) -> str:
        return self.read(name, -1).decode("utf-8", "replace") if name in self.sizes else ""


def read(code: Path, layers: Sequence[Path] = (), *, requirements: Path | None = None) -> Contents:
    """What ``code`` and ``layers``, folders or zips, hold.

    ``requirements`` is the file that a build would install; None: requirements.txt in the code, if it is there.

    Raises:
        PackageError: something does not exist, or is neither a folder nor a zip; ``requirements`` cannot be read.
    """
    with _opened(code) as files:
        own = tuple(_listed(files))
        distributions = [*_distributions(files, where=str(code))]
        timestamped = frozenset(_timestamped(files))
        is_buildable = any(name in files.sizes for name in _BUILDS)
        listed = files.text("requirements.txt")
    names = _required(_text_of(requirements) if requirements else listed, requirements.parent if requirements else code)
    in_layers = []
    for layer in layers:
        with _opened(layer) as files:
            in_layers.append(tuple(_listed(files)))
            distributions += _distributions(files, where=str(layer))
    return Contents(
        root=code,
        files=own,
        layers=tuple(in_layers),
        distributions=tuple(distributions),
        requirements=tuple(dict.fromkeys(names)),
        timestamped=timestamped,
        is_buildable=is_buildable,
    )


@contextmanager
def _opened(path: Path) -> Iterator[_Files]:
    if path.is_dir():
        yield _Files(sizes=_sizes(path), read=lambda name, count: _head(path / name, count))
        return
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError as error:
        raise PackageError(f"{path} does not exist; needed: a folder or a .zip", hint=f"ls {path.parent}") from error
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        raise PackageError(f"{path} cannot be read as a zip: {error}", hint="needed: a folder or a .zip") from error
    with archive:
        sizes = {member.filename: member.file_size for member in archive.infolist() if not member.is_dir()}
        yield _Files(sizes=sizes, read=lambda name, count: _member_head(archive, name, count=count))


def _sizes(root: Path) -> dict[str, int]:
    """The files under a folder, sorted; links to files are followed, links to folders are not."""
    sizes = {}
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in _LEFT_OUT)
        for name in sorted(names):
            path = Path(folder) / name
            if path.is_file():
                sizes[path.relative_to(root).as_posix()] = path.stat().st_size
    return sizes


def _head(path: Path, count: int) -> bytes:
    with path.open("rb") as file:
        return file.read(count)


def _member_head(archive: zipfile.ZipFile, name: str, *, count: int) -> bytes:
    with archive.open(name) as file:
        return file.read(count)


def _listed(files: _Files) -> Iterator[PackagedFile]:
    return (PackagedFile(name, size_bytes) for name, size_bytes in files.sizes.items())


def _timestamped(files: _Files) -> Iterator[str]:
    for name in files.sizes:
        if name.endswith(".pyc") and not any(files.read(name, 16)[_PYC_FLAGS]):
            yield name


def _distributions(files: _Files, *, where: str) -> Iterator[Distribution]:
    for name in files.sizes:
        if match := _DIST_INFO.fullmatch(name):
            site = match["folder"].rpartition("/")[0]
            members = recorded(files.text(f"{match['folder']}/RECORD"))
            yield Distribution(
                name=normalized(match["name"]),
                version=match["version"],
                modules=_modules(members) or (match["name"],),
                size_bytes=sum(files.sizes.get(f"{site}/{member}" if site else member, 0) for member in members),
                where=where,
                folder=match["folder"],
                tags=tuple(re.findall(r"^Tag: (\S+)", files.text(f"{match['folder']}/WHEEL"), re.MULTILINE)),
            )


def _modules(members: Sequence[str]) -> tuple[str, ...]:
    found = (_TOP.fullmatch(member) for member in members if "__pycache__" not in member)
    return tuple(sorted({match["module"] for match in found if match}))


def _text_of(requirements: Path) -> str:
    try:
        return requirements.read_text("utf-8", "replace")
    except OSError as error:
        raise PackageError(
            f"requirements {requirements}: {error.strerror}", hint=f"ls {requirements.parent}"
        ) from error


def _required(text: str, folder: Path) -> Iterator[str]:
    """The names in a requirements file and in those that it includes from the same folder."""
    for line in text.splitlines():
        wanted = line.partition(" #")[0].strip()
        if included := _INCLUDED.fullmatch(wanted):
            path = folder / included["path"]
            yield from _required(path.read_text("utf-8", "replace"), path.parent) if path.is_file() else (wanted,)
        elif wanted and not wanted.startswith(("#", "--", "-i", "-c", "-f")):
            match = _REQUIREMENT.match(wanted)
            yield normalized(match["name"]) if match else wanted
