"""The machine that a function is deployed to: what is installed and compiled for it, whatever this machine is."""

import asyncio
import os
import re
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import uv

from headstart.engine import interpreters, requirements
from headstart.engine.install import install, reason
from headstart.engine.interpreters import Interpreter
from headstart.errors import PackageError
from headstart.model.function import Architecture
from headstart.model.installed import normalized
from headstart.model.progress import Progress

PROJECT_FILE: Final = "pyproject.toml"
_LOCK_FILE: Final = "uv.lock"
# Lambda's Python has been on Amazon Linux 2023 since 3.12, and before on Amazon Linux 2; their glibc, and the newest
# platform of uv's that has no newer one. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html (2026-11-26)
_ON_AMAZON_LINUX_2: Final = frozenset({"python3.10", "python3.11"})
_AMAZON_LINUX_2: Final = ("Amazon Linux 2, glibc 2.26", "manylinux_2_17")
_AMAZON_LINUX_2023: Final = ("Amazon Linux 2023, glibc 2.34", "manylinux_2_34")
_MACHINES: Final = {Architecture.ARM64: "aarch64", Architecture.X86_64: "x86_64"}
_NO_WHEEL: Final = re.compile(r"(?P<package>[\w.-]+)(?:\{[^}]*\})?\S* has no (?:usable )?wheels")
_UNFIT: Final = re.compile(r"The built wheel `(?P<package>\w+)-\S+` is not compatible")
_WITH_WHEEL: Final = "pin a version of {name} that has a wheel for it: only a wheel can bring compiled code"
_RELATIVE: Final = re.compile(r"^(?P<editable>-e )?(?P<path>\.{1,2}(?:/\S*)?)(?=\s|$)", re.MULTILINE)


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """``interpreter`` is the Python here that compiles for the function's."""

    architecture: Architecture
    interpreter: Interpreter

    def __str__(self) -> str:
        return f"{self.interpreter.runtime} on {self.architecture} ({self._system[0]})"

    @property
    def platform(self) -> str:
        """What uv calls it."""
        return f"{_MACHINES[self.architecture]}-{self._system[1]}"

    @property
    def _system(self) -> tuple[str, str]:
        return _AMAZON_LINUX_2 if self.interpreter.runtime in _ON_AMAZON_LINUX_2 else _AMAZON_LINUX_2023


def of(runtime: str, architecture: Architecture) -> Target:
    """The machine of a function.

    Raises:
        RuntimeMissingError: this machine has no Python of the runtime's version, whose bytecode it would be.
    """
    return Target(architecture=architecture, interpreter=interpreters.find(runtime))


def project_file(code: Path) -> Path | None:
    """The pyproject.toml in a folder, if it says what the project depends on."""
    file = code / PROJECT_FILE
    project = _content(file).get("project") if file.is_file() else None
    return file if isinstance(project, dict) and "dependencies" in project else None


def digests(file: Path) -> list[str]:
    """Digests of all that decides what ``install_for`` installs: they change when it does."""
    if file.name != PROJECT_FILE:
        return list(requirements.read(file).digests())
    lock = _lock_of(file)
    local = [_folder_of(file) / source["path"] for source in _local_sources(file).values() if "path" in source]
    read = requirements.Requirements(files=(file, lock) if lock else (file,), local=tuple(filter(Path.exists, local)))
    return list(read.digests())


async def install_for(target: Target, file: Path, *, into: Path, built: Sequence[str] = (), progress: Progress) -> None:
    """Install what ``file`` requires for ``target``: a requirements file, or a pyproject.toml with its uv.lock.

    Wheels alone are installed, for nothing can be compiled for another machine, but for projects on this disk and the
    packages ``built``, which may be built. Hashes that are given must match.

    Raises:
        PackageError: it cannot be read, or uv could not; the message has its reason.
    """
    with tempfile.TemporaryDirectory(prefix="headstart-") as folder:
        listed = await _listed(target, file, folder=Path(folder))
        may_build = [*_local(listed), *built]
        try:
            await install(
                listed,
                into,
                interpreter=target.interpreter,
                folder=_folder_of(file),
                progress=progress,
                options=_options(target, listed, may_build=may_build),
            )
        except PackageError as error:
            raise _refused(error, file, target=target) from error
        _refuse_built_code(into, may_build, target=target)


async def _listed(target: Target, file: Path, *, folder: Path) -> Path:
    """What uv is to install from: ``file``, or, in ``folder``, what the lock file of a project has for it."""
    if file.name != PROJECT_FILE or _lock_of(file) is None:
        return _folder_of(file) / file.name
    listed = folder / "requirements.txt"
    listed.write_text(await _exported(file, python=target.interpreter.executable))
    return listed


def _local(listed: Path) -> list[str]:
    """The names of the projects on this disk that are required, which only a build can install."""
    if listed.name != PROJECT_FILE:
        return [name for name in requirements.read(listed).projects() if name]
    return list(_local_sources(listed))


def _options(target: Target, listed: Path, *, may_build: Sequence[str]) -> list[str]:
    options = [f"--python-platform={target.platform}", "--only-binary=:all:"]
    options += [f"--no-binary={name}" for name in may_build]
    return options if listed.name == PROJECT_FILE else [*options, *requirements.read(listed).options()]


def _folder_of(file: Path) -> Path:
    return file.resolve().parent


def _refused(error: PackageError, file: Path, *, target: Target) -> PackageError:
    """uv's reason under the name of the user's own file, and what to do about a wheel that there is not."""
    _, _, why = error.message.partition(":\n")
    why = "\n".join(line for line in why.splitlines() if not line.startswith("  hint:"))
    hint = error.hint
    if missing := _NO_WHEEL.search(why):
        name = missing["package"]
        instead = f"choose another --runtime, or, if it is pure Python: --build {name}"
        hint = f"pin a version of {name} that has a wheel for it, {instead}"
    elif unfit := _UNFIT.search(why):
        hint = _WITH_WHEEL.format(name=unfit["package"])
    return PackageError(f"{file} cannot be installed for {target}:\n{why}", hint=hint)


def _refuse_built_code(into: Path, built: Sequence[str], *, target: Target) -> None:
    """What was built here must be pure Python: this machine's compiler makes code for this machine."""
    names = {normalized(name) for name in built}
    for wheel in sorted(into.glob("*.dist-info/WHEEL")):
        name, _, version = wheel.parent.name.removesuffix(".dist-info").partition("-")
        is_pure = re.search(r"^Tag: \S+-any$", wheel.read_text("utf-8", "replace"), re.MULTILINE)
        if normalized(name) in names and not is_pure:
            raise PackageError(
                f"{name} {version} was built here and has code for this machine, which may not run as {target}",
                hint=_WITH_WHEEL.format(name=name),
            )


async def _exported(file: Path, *, python: Path) -> str:
    """What uv.lock has for the project, with hashes; paths in it absolute.

    Raises:
        PackageError: uv.lock is not that of the pyproject.toml, or cannot be read.
    """
    folder = _folder_of(file)
    command = [uv.find_uv_bin(), "export", "--locked", "--no-dev", "--no-emit-project", "--no-editable", "--quiet"]
    process = await asyncio.create_subprocess_exec(
        *command,
        "--format=requirements.txt",
        f"--python={python}",
        "--color=never",
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    told, said = await process.communicate()
    if process.returncode != 0:
        raise PackageError(
            f"{_lock_of(file)} cannot be used:\n{reason(said.decode(errors='replace'))}",
            hint=f"cd {folder}; uv lock",
        )
    return _RELATIVE.sub(lambda path: str((folder / path["path"]).resolve()), told.decode())


def _lock_of(file: Path) -> Path | None:
    """The uv.lock of the project, or of the workspace that it is in."""
    folder = _folder_of(file)
    workspaces = [each for each in folder.parents if "workspace" in _uv_table(each / PROJECT_FILE)]
    return next((lock for each in (folder, *workspaces) if (lock := each / _LOCK_FILE).is_file()), None)


def _local_sources(file: Path) -> dict[str, dict[str, Any]]:
    """The dependencies that ``[tool.uv.sources]`` takes from this disk."""
    sources = _uv_table(file).get("sources", {})
    return {
        name: source
        for name, source in sources.items()
        if isinstance(source, dict) and not {"path", "workspace"}.isdisjoint(source)
    }


def _uv_table(file: Path) -> dict[str, Any]:
    table = _content(file).get("tool", {}).get("uv", {}) if file.is_file() else {}
    return table if isinstance(table, dict) else {}


def _content(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise PackageError(f"{file} cannot be read: {error}", hint=f"correct {file}") from error
