"""Reads requirements files as uv does: what they include, and the packages and projects on this disk that they name."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import msgspec

from headstart.engine import tree
from headstart.errors import PackageError

_INCLUDED: Final = re.compile(r"\s*(?:-r|-c|--requirement|--constraint)[\s=]+(?P<path>[^\s#:]+)\s*(?:#|$)")
# A path has a slash in it, or is a dot or two, or the file of a package; a URL has a colon.
_LOCAL: Final = re.compile(
    r"\s*(?P<editable>(?:-e|--editable)[\s=]+)?(?:[\w.-]+(?:\[[^\]]*\])?\s*@\s*)?(?P<url>file:(?://)?)?"
    r"(?P<path>[\w.+-]*/[^\s;#\[]*|\.{1,2}|[\w.+-]+\.(?:whl|zip|tar\.gz))"
    r"(?:\[[^\]]*\])?(?P<condition>\s*;.*)?(?:\s*#.*)?\s*$"
)
# What tools and builds leave in a project, beside what never ships.
_LEFT_OUT: Final = tree.LEFT_OUT | {".hg", ".svn", ".tox", ".nox", ".hypothesis", ".eggs"}
_BUILT: Final = frozenset({"build", "dist"})


class Requirements(msgspec.Struct, frozen=True, kw_only=True):
    """``files`` begins with the one that was asked for; ``local`` is what they name on this disk, resolved."""

    files: tuple[Path, ...]
    local: tuple[Path, ...] = ()
    has_editable: bool = False

    def digests(self) -> Iterator[str]:
        """One of the content of each file, package and project."""
        for path in (*self.files, *self.local):
            yield _project_digest(path) if path.is_dir() else tree.file_digest(path)

    def projects(self) -> list[str]:
        """The names of the projects on this disk, which only a build can install; empty for one without a name."""
        return list(dict.fromkeys(_project_name(path) or "" for path in self.local if path.is_dir()))

    def options(self) -> list[str]:
        """What uv is to be told about the projects: to build each anew, and to copy what is editable.

        By itself it builds anew only when the time of the project's pyproject.toml is another.
        """
        anew = [f"--refresh-package={name}" if name else "--refresh" for name in self.projects()]
        return [*anew, "--no-editable"] if self.has_editable else anew


def read(requirements: Path) -> Requirements:
    """The file ``requirements`` and all that it names.

    As for uv that runs in its folder, the path of an included file is relative to the file that includes it, every
    other path to that folder. A path that is needed under a condition only may be one that is not there.

    Raises:
        PackageError: a file cannot be read, or names what does not exist.
    """
    first = requirements.resolve()
    files: list[Path] = []
    local: list[Path] = []
    has_editable = False
    pending = [first]
    while pending:
        file = pending.pop()
        if file in files:
            continue
        files.append(file)
        for number, line in enumerate(_lines(file), start=1):
            if included := _INCLUDED.match(line):
                pending.append((file.parent / included["path"]).resolve())
            elif named := _LOCAL.match(line):
                has_editable |= named["editable"] is not None
                path = (first.parent / (unquote(named["path"]) if named["url"] else named["path"])).resolve()
                if path.exists():
                    local.append(path)
                elif named["condition"] is None:
                    raise _not_there(path, where=f"{file}, line {number}")
    return Requirements(files=tuple(files), local=tuple(dict.fromkeys(local)), has_editable=has_editable)


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text().splitlines()
    except OSError as error:
        raise PackageError(f"requirements {file}: {error.strerror}", hint="--requirements requirements.txt") from error


def _not_there(path: Path, *, where: str) -> PackageError:
    nearest = next(folder for folder in path.parents if folder.exists())
    return PackageError(f"{where}: {path} does not exist", hint=f"ls {nearest}")


def _project_digest(project: Path) -> str:
    """Of the names and contents of the files that a build could take up."""
    parts = []
    for file in tree.files(project, left_out=_LEFT_OUT):
        if file.parts[0] not in _BUILT and not any(part.endswith(".egg-info") for part in file.parts):
            parts += [file.as_posix(), tree.file_digest(project / file)]
    return tree.fingerprint(*parts)


def _project_name(project: Path) -> str | None:
    try:
        content = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
        return str(content["project"]["name"])
    except (OSError, ValueError, LookupError):
        return None
