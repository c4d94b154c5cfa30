"""Finds the Python interpreters of this machine that can stand for a Lambda runtime."""

import functools
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from headstart.errors import RuntimeMissingError
from headstart.model import limits


class Interpreter(msgspec.Struct, frozen=True, kw_only=True):
    """A base interpreter (never a virtual environment's).

    ``site_dirs`` are the existing folders in which it would look for installed packages; ``library_dirs`` those of
    its shared libraries.
    """

    executable: Path
    prefix: Path
    version: str
    site_dirs: tuple[Path, ...] = ()
    library_dirs: tuple[Path, ...] = ()

    @property
    def runtime(self) -> str:
        """The Lambda runtime it stands for, e.g. ``python3.11``."""
        return "python" + ".".join(self.version.split(".")[:2])


Query = Callable[[Path], Interpreter | None]
Candidates = Callable[[str], Iterator[Path]]

# Runs in any Python 3; the interpreter it is sent to may be a virtual environment's.
_QUESTION = """
import json, site, sys, sysconfig
paths = sysconfig.get_paths()
seen = [p for p in sys.path if p.rstrip("/").endswith(("site-packages", "dist-packages"))]
print(json.dumps({
    "executable": getattr(sys, "_base_executable", None) or sys.executable,
    "virtual": sys.prefix != sys.base_prefix,
    "prefix": sys.base_prefix,
    "version": "%d.%d.%d" % sys.version_info[:3],
    "site_dirs": seen + site.getsitepackages() + [site.getusersitepackages(), paths["purelib"], paths["platlib"]],
    "library_dirs": [sysconfig.get_config_var("LIBDIR") or ""],
}))
"""
_ANSWER_WITHIN_S = 20


class _Answer(msgspec.Struct):
    executable: str
    virtual: bool
    prefix: str
    version: str
    site_dirs: list[str]
    library_dirs: list[str]


def _ask(executable: Path) -> _Answer | None:
    command = [str(executable), "-I", "-c", _QUESTION]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_ANSWER_WITHIN_S, check=True)
        return msgspec.json.decode(done.stdout, type=_Answer)
    except (OSError, subprocess.SubprocessError, msgspec.MsgspecError):
        return None


def _existing(folders: list[str]) -> tuple[Path, ...]:
    found = dict.fromkeys(Path(folder).resolve() for folder in folders if folder)
    return tuple(folder for folder in found if folder.is_dir())


@functools.cache
def query(executable: Path) -> Interpreter | None:
    """Ask ``executable`` what it is; None when it is no working Python 3. Answers are kept in memory."""
    answer = _ask(executable)
    if answer is not None and answer.virtual:
        answer = _ask(Path(answer.executable).resolve())
    if answer is None or answer.virtual:
        return None
    return Interpreter(
        executable=Path(answer.executable).resolve(),
        prefix=Path(answer.prefix).resolve(),
        version=answer.version,
        site_dirs=_existing(answer.site_dirs),
        library_dirs=_existing(answer.library_dirs),
    )


def _newest_first(folders: Iterator[Path], runtime: str) -> list[Path]:
    def patch(folder: Path) -> int:
        number = folder.name.removeprefix("cpython-").removeprefix(runtime.removeprefix("python")).strip(".")
        return int("".join(digit for digit in number.split("-")[0] if digit.isdigit()) or 0)

    # A "+" marks a variant (free-threaded, debug), which Lambda has not.
    plain = [folder for folder in folders if "+" not in folder.name]
    return [folder / "bin" / runtime for folder in sorted(plain, key=patch, reverse=True)]


def candidates(
    runtime: str, *, environ: dict[str, str] | None = None, home: Path | None = None, running: str | None = None
) -> Iterator[Path]:
    """Where ``runtime`` (``python3.X``) may be: the running Python, PATH, pyenv, uv, the usual places, in order."""
    environ = dict(os.environ) if environ is None else environ
    home = Path.home() if home is None else home
    number = runtime.removeprefix("python")
    yield Path(sys.executable if running is None else running)
    yield from (Path(folder) / runtime for folder in environ.get("PATH", "").split(os.pathsep) if folder)
    pyenv = Path(environ.get("PYENV_ROOT") or home / ".pyenv") / "versions"
    yield from _newest_first(pyenv.glob(f"{number}.*"), runtime)
    uv = Path(environ.get("UV_PYTHON_INSTALL_DIR") or home / ".local/share/uv/python")
    yield from _newest_first(uv.glob(f"cpython-{number}.*"), runtime)
    yield from (Path(place) / runtime for place in ("/usr/local/bin", "/usr/bin", "/opt/homebrew/bin"))


def _first(runtime: str, *, candidates: Candidates, query: Query) -> Interpreter | None:
    for executable in candidates(runtime):
        found = query(executable) if executable.is_file() else None
        if found is not None and found.runtime == runtime:
            return found
    return None


def installed(*, candidates: Candidates = candidates, query: Query = query) -> list[Interpreter]:
    """The interpreters of this machine that stand for a Lambda runtime: one for each, oldest Python first."""
    found = (_first(runtime, candidates=candidates, query=query) for runtime in limits.PYTHON_RUNTIMES)
    return [interpreter for interpreter in found if interpreter is not None]


def find(runtime: str, *, candidates: Candidates = candidates, query: Query = query) -> Interpreter:
    """The interpreter that stands for ``runtime`` (``python3.X``).

    Raises:
        RuntimeMissingError: there is none; the message names those that there are.
    """
    found = _first(runtime, candidates=candidates, query=query)
    if found is not None:
        return found
    others = installed(candidates=candidates, query=query)
    listed = ", ".join(f"{other.runtime} ({other.executable})" for other in others) or "no Python that Lambda runs"
    instead = f"--runtime {others[-1].runtime}, or " if others else ""
    raise RuntimeMissingError(
        f"no {runtime} on this machine; this machine has {listed}",
        hint=f"{instead}uv python install {runtime.removeprefix('python')}",
    )
