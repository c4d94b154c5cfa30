"""A function as others package it to start faster or to be smaller: what headstart bundle does not do, to see why."""

import asyncio
import shutil
import zipfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import msgspec
import packages

from headstart.engine import interpreters, tree
from headstart.engine.deployment import Deployment
from headstart.engine.install import compile_folder
from headstart.engine.local_lambda import LocalLambda
from headstart.errors import RuntimeMissingError
from headstart.infra.project import Project
from headstart.model import limits
from headstart.model.progress import NoProgress

Sides = Mapping[str, Deployment]

_ALL = frozenset[str]()
_LAZILY = """
import os, sys
from importlib.machinery import PathFinder
from importlib.util import LazyLoader

class LazyFinder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        spec = PathFinder.find_spec(name, path, target)
        if spec and spec.loader and (spec.origin or "").startswith(os.environ["LAMBDA_TASK_ROOT"] + os.sep):
            spec.loader = LazyLoader(spec.loader)
        return spec

sys.meta_path.insert(0, LazyFinder)
from app import handler
"""
_ZIPPED = """
import os, sys
sys.path.insert(0, os.path.join(os.environ["LAMBDA_TASK_ROOT"], "code.zip"))
from app import handler
"""


async def with_lazy_loader(sides: Sides, folder: Path) -> Deployment:
    """importlib.util.LazyLoader for every module of the precompiled package, by a finder that the handler installs."""
    await _copy(sides["precompiled"], folder)
    return _deployed(sides["precompiled"], folder, handler=("lazily", _LAZILY))


async def slim(sides: Sides, folder: Path) -> Deployment:
    """Stripped shared objects, no bytecode, no .dist-info.

    Source: slim.js of serverless-python-requirements, https://github.com/serverless/serverless-python-requirements
    (2026-11-25).
    """
    # strip writes into its files: they must not be those of the cache.
    await asyncio.to_thread(tree.copy, sides["usual"].package.root, folder)
    for found in list(folder.rglob("*.dist-info")):
        shutil.rmtree(found)
    shared = [path for path in folder.rglob("*.so") if path.is_file()]
    if shared:
        await _run("strip", *map(str, shared))
    return _deployed(sides["usual"], folder)


async def without_docstrings(sides: Sides, folder: Path) -> Deployment:
    """Python's -OO, with bytecode of that kind for the package; the runtime client has none and compiles itself."""
    deployment = sides["usual"]
    await _copy(deployment, folder)
    compiling = ("-m", "compileall", "-qq", "-j", "0", "-f", "-o", "2", "--invalidation-mode", "unchecked-hash")
    python = str(deployment.interpreter.executable)
    await _run(python, "-I", *compiling, "-s", str(folder), "-p", "/var/task", str(folder))
    return _deployed(deployment, folder, variables={"PYTHONOPTIMIZE": "2"})


async def in_zip(sides: Sides, folder: Path) -> Deployment:
    """Code and packages in one stored zip on sys.path, with bytecode; beside it those that have a shared object."""
    deployment = sides["precompiled"]
    await _copy(deployment, folder)
    zipped = folder.with_name(f"{folder.name}-zipped")
    zipped.mkdir()
    for path in [each for each in folder.iterdir() if not _has_shared_object(each)]:
        path.rename(zipped / path.name)
    # zipimport finds bytecode beside the source only.
    await compile_folder(
        zipped,
        interpreter=deployment.interpreter,
        shown_as="/var/task/code.zip",
        progress=NoProgress(),
        beside=True,
    )
    await asyncio.to_thread(_zip, zipped, folder / "code.zip")
    shutil.rmtree(zipped)
    return _deployed(deployment, folder, handler=("zipped", _ZIPPED))


OTHERS: Mapping[str, Callable[[Sides, Path], Awaitable[Deployment]]] = {
    "LazyLoader": with_lazy_loader,
    "slim": slim,
    "-OO": without_docstrings,
    "zipimport": in_zip,
}


async def on_python_315(engine: LocalLambda, project: Project) -> dict[str, Deployment]:
    """The function precompiled for Python 3.15, with its imports as they are and all lazy; nothing without a 3.15.

    Lambda has no such runtime yet: the rest of it is that of the newest one.
    """
    try:
        interpreter = interpreters.find("python3.15")
    except RuntimeMissingError:
        return {}
    spec = msgspec.structs.replace(project.spec, runtime=limits.PYTHON_RUNTIMES[-1])
    eager = await packages.with_bytecode(await engine.deploy(spec, interpreter=interpreter))
    return {"3.15": eager, "3.15 lazy": _with_variables(eager, {"PYTHON_LAZY_IMPORTS": "all"})}


async def _copy(deployment: Deployment, folder: Path) -> None:
    await asyncio.to_thread(tree.copy, deployment.package.root, folder, left_out=_ALL, put=tree.link_or_copy)


async def _run(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd="/",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    await process.wait()  # what one file is refused for is no reason to leave out the others


def _has_shared_object(path: Path) -> bool:
    return any(".so" in file.suffixes for file in (path.rglob("*") if path.is_dir() else [path]))


def _zip(folder: Path, file: Path) -> None:
    with zipfile.ZipFile(file, "x", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.rglob("*")):  # folders too, without which zipimport finds no namespace packages
            if "__pycache__" not in path.parts:  # which it never reads
                archive.write(path, path.relative_to(folder))


def _deployed(
    deployment: Deployment,
    folder: Path,
    *,
    handler: tuple[str, str] | None = None,
    variables: Mapping[str, str] | None = None,
) -> Deployment:
    """``deployment`` with the package in ``folder``; ``handler`` is a module, by name and text, to find it in."""
    tree.make_readable(folder)
    spec = deployment.spec
    if handler is not None:
        name, text = handler
        (folder / f"{name}.py").write_text(text)
        spec = msgspec.structs.replace(spec, handler=f"{name}.handler")
    package = msgspec.structs.replace(deployment.package, root=folder)
    return _with_variables(msgspec.structs.replace(deployment, spec=spec, package=package), variables or {})


def _with_variables(deployment: Deployment, variables: Mapping[str, str]) -> Deployment:
    spec = msgspec.structs.replace(deployment.spec, environment=deployment.spec.environment | variables)
    return msgspec.structs.replace(deployment, spec=spec)
