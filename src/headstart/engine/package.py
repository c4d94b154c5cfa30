"""Builds what becomes /var/task and /opt: code, requirements and layers, as a deployment would ship them."""

import asyncio
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from headstart.engine import archive, requirements, tree
from headstart.engine.cache import Cache, default
from headstart.engine.install import compile_folder, install
from headstart.engine.interpreters import Interpreter
from headstart.errors import PackageError
from headstart.model.bundle import MARK
from headstart.model.function import FunctionSpec
from headstart.model.progress import NoProgress, Progress

_NOTHING: frozenset[str] = frozenset()


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """A function's files, unzipped. ``root`` becomes /var/task, ``opt`` (the layers, merged) /opt.

    ``unzipped_bytes`` and ``files`` count both, without what is named in ``left_out``. ``has_bootstrap``: ``root``
    brings its own runtime.
    """

    root: Path
    opt: Path | None
    unzipped_bytes: int
    files: int
    has_bootstrap: bool
    left_out: frozenset[str] = tree.LEFT_OUT


async def build(
    spec: FunctionSpec,
    interpreter: Interpreter | None,
    *,
    progress: Progress | None = None,
    cache: Cache | None = None,
) -> Package:
    """Build the package of ``spec``: a plain folder is used where it is, everything else lies in the cache.

    ``interpreter`` may be None only for a custom runtime without requirements.

    Raises:
        PackageError: the code, a layer or the requirements cannot be used; the message says why.
        RequestError: the cache cannot be written.
    """
    cache, progress = cache or default(), progress or NoProgress()
    root = await _unzipped(spec.code, what="the code", cache=cache, progress=progress)
    if spec.requirements is not None:
        if interpreter is None:
            raise PackageError(
                f"{spec.requirements} cannot be installed for {spec.runtime}, which has no Python of its own",
                hint="ship the packages in the folder, or use --runtime python3.13",
            )
        root = await _with_requirements(
            root, spec.requirements, interpreter=interpreter, cache=cache, progress=progress
        )
    layers = [await _unzipped(layer, what="layer", cache=cache, progress=progress) for layer in spec.layers]
    opt = await _merged(layers, cache)
    _require_bootstrap(spec, root=root, opt=opt)
    # Of a folder what tools leave behind is not uploaded; in a zip or a bundle nothing is left behind.
    is_whole = spec.code.is_file() or (spec.code / MARK).is_file()
    return await _weighed(root, opt, left_out=_NOTHING if is_whole else tree.LEFT_OUT)


async def with_bytecode(
    package: Package, interpreter: Interpreter, *, progress: Progress | None = None, cache: Cache | None = None
) -> Package:
    """A copy of ``package`` with unchecked-hash bytecode for every module, code and layers alike."""
    cache, progress = cache or default(), progress or NoProgress()

    async def compiled(folder: Path, shown_as: str) -> Path:
        async def build(into: Path) -> None:
            await asyncio.to_thread(tree.copy, folder, into)
            await compile_folder(into, interpreter=interpreter, shown_as=shown_as, progress=progress)

        key = tree.fingerprint(await _digest(folder), interpreter.version, shown_as)
        return await cache.entry("bytecode", key, build=build)

    root = await compiled(package.root, "/var/task")
    opt = await compiled(package.opt, "/opt") if package.opt else None
    return await _weighed(root, opt, left_out=_NOTHING)


async def _weighed(root: Path, opt: Path | None, *, left_out: frozenset[str]) -> Package:
    weights = [await asyncio.to_thread(tree.weigh, part, left_out=left_out) for part in (root, opt) if part]
    return Package(
        root=root,
        opt=opt,
        unzipped_bytes=sum(part_bytes for part_bytes, _ in weights),
        files=sum(count for _, count in weights),
        has_bootstrap=(root / "bootstrap").is_file(),
        left_out=left_out,
    )


async def _digest(path: Path, *, left_out: frozenset[str] = tree.LEFT_OUT) -> str:
    with _readable():
        return await asyncio.to_thread(tree.digest, path, left_out=left_out)


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PackageError(f"{error.filename} cannot be read: {error.strerror}", hint="chmod -R u+rX .") from error


async def _unzipped(path: Path, *, what: str, cache: Cache, progress: Progress) -> Path:
    """The folder itself, or the folder that a zip unpacks to."""
    folder = _folder(path, what=what)
    if folder is not None:
        return folder

    async def build(into: Path) -> None:
        await asyncio.to_thread(archive.unpack, path, into)

    stage = f"unpacking {path.name}"
    progress.start(stage)
    try:
        return await cache.entry("zip", await _digest(path), build=build)
    finally:
        progress.finish(stage)


def _folder(path: Path, *, what: str) -> Path | None:
    """The folder that ``path`` is; None when it is a file."""
    if not path.exists():
        raise PackageError(f"{what} {path} does not exist; needed: a folder or a .zip", hint=f"ls {path.parent}")
    return path.resolve() if path.is_dir() else None


async def _with_requirements(
    code: Path, file: Path, *, interpreter: Interpreter, cache: Cache, progress: Progress
) -> Path:
    """Dependencies are an entry of their own, so that a change of the code does not install them again."""
    read = requirements.read(file)
    with _readable():
        digests = await asyncio.to_thread(lambda: list(read.digests()))
    dependencies_key = tree.fingerprint(*digests, interpreter.version, sys.platform, platform.machine())

    async def fetch(into: Path) -> None:
        listed = read.files[0]
        await install(
            listed, into, interpreter=interpreter, folder=listed.parent, progress=progress, options=read.options()
        )

    async def lay_together(into: Path) -> None:
        await asyncio.to_thread(tree.copy, dependencies, into, left_out=_NOTHING, put=tree.link_or_copy)
        await asyncio.to_thread(tree.copy, code, into)

    dependencies = await cache.entry("dependencies", dependencies_key, build=fetch)
    key = tree.fingerprint(dependencies_key, await _digest(code))
    return await cache.entry("package", key, build=lay_together)


async def _merged(layers: Sequence[Path], cache: Cache) -> Path | None:
    """One folder of all layers, a later one over an earlier one."""
    if len(layers) < 2:
        return layers[0] if layers else None

    async def build(into: Path) -> None:
        for layer in layers:
            await asyncio.to_thread(tree.copy, layer, into, left_out=_NOTHING)

    key = tree.fingerprint(*[await _digest(layer, left_out=_NOTHING) for layer in layers])
    return await cache.entry("layers", key, build=build)


def _require_bootstrap(spec: FunctionSpec, *, root: Path, opt: Path | None) -> None:
    bootstrap = root / "bootstrap"
    if bootstrap.is_file() and not os.access(bootstrap, os.X_OK):
        raise PackageError(
            f"bootstrap in {spec.code} is not executable, so Lambda could not start it", hint=f"chmod +x {bootstrap}"
        )
    if spec.python_version is None and not any((part / "bootstrap").is_file() for part in (root, opt) if part):
        raise PackageError(
            f"{spec.runtime} runs a file named bootstrap, and {spec.code} has none",
            hint="add an executable bootstrap, or choose --runtime python3.13",
        )
