"""Builds a bundle: dependencies for the function's machine, pruned, compiled, and written so that it can be again."""

import asyncio
import hashlib
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

import msgspec

from headstart.errors import ConfigError, PackageError
from headstart.model.bundle import BundleFacts, BundleFormat, BundleOrder, BundleResult, Part
from headstart.model.function import Architecture
from headstart.model.progress import Progress
from headstart.optimize.bundle import image, placing, sizes, zip_file
from headstart.optimize.bundle.staging import Staged, drop_sources, not_compiled, stage


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """The function that is bundled."""

    code: Path
    handler: str
    runtime: str
    architecture: Architecture


class Tools(Protocol):
    """What a bundle is built with, all for the function's machine."""

    async def install(self, into: Path) -> None:
        """Install the dependencies, none where there are none."""
        ...

    async def lay_code(self, into: Path) -> None:
        """Copy the function's own code."""
        ...

    async def compile(self, root: Path, *, shown_as: str, beside: bool) -> None:
        """Write bytecode for every module; ``beside`` each, where it is found without its source."""
        ...

    async def run(self, script: Path, *, request: bytes, stage: str) -> bytes:
        """Run ``script`` by the function's Python, with ``request`` on its standard input; what it wrote."""
        ...

    def layers_bytes(self) -> int:
        """The bytes, unzipped, of the layers that the function has."""
        ...


Rewrite = Callable[[Mapping[Path, str]], Awaitable[object]]
"""Changes the bytecode of the modules in folders, each of which stands elsewhere on Lambda; their sources are there."""


async def build(
    source: Source, order: BundleOrder, *, tools: Tools, progress: Progress, rewrite: Rewrite | None = None
) -> BundleResult:
    """Write what ``order`` asks for. The same source, requirements and Python give the same bytes.

    Raises:
        RequestError: the order cannot be carried out, what it is made of cannot be used, or Lambda would refuse it.
    """
    await asyncio.to_thread(placing.refuse, order, source.code)
    try:
        with tempfile.TemporaryDirectory(prefix="headstart-") as folder:
            staged = await _staged(order, tools=tools, progress=progress, folder=Path(folder))
            if rewrite is not None:
                await rewrite(staged.places)
            return await asyncio.to_thread(
                _finish, staged, source, order=order, layers_bytes=tools.layers_bytes(), progress=progress
            )
    except OSError as error:
        raise PackageError(f"{error.filename} cannot be read: {error.strerror}", hint="chmod -R u+rX .") from error


async def _staged(order: BundleOrder, *, tools: Tools, progress: Progress, folder: Path) -> Staged:
    """What is shipped, with bytecode."""
    root, code, opt = (folder / name for name in ("root", "code", "opt"))
    for place in (root, code):
        place.mkdir()
    await tools.install(root)
    await tools.lay_code(code)
    progress.start("pruning")
    staged = await asyncio.to_thread(stage, root, code, settings=order.settings, opt=opt if order.layer else None)
    progress.finish("pruning")
    if staged.opt is not None and not staged.opt.is_dir():
        raise ConfigError("--layer: there are no dependencies to put into a layer", hint="leave --layer out")
    for place, shown_as in staged.places.items():
        await tools.compile(place, shown_as=shown_as, beside=not order.settings.sources)
    return staged


def _finish(
    staged: Staged, source: Source, *, order: BundleOrder, layers_bytes: int, progress: Progress
) -> BundleResult:
    """Measure, refuse what Lambda would, and write."""
    bare = [f"{shown_as}/{name}" for place, shown_as in staged.places.items() for name in not_compiled(place)]
    source_bytes = sum(each.stat().st_size for place in staged.places for each in place.rglob("*.py"))
    if not order.settings.sources:
        for place in staged.places:
            drop_sources(place)
        source_bytes = 0
    facts = _facts(staged, source, order=order)
    for part in filter(None, (staged.root, staged.opt)):
        placing.mark(part, facts)
        zip_file.settle(part)
    bytecode = [each.stat().st_size for place in staged.places for each in place.rglob("*.pyc")]
    result = BundleResult(
        runtime=source.runtime,
        architecture=source.architecture.value,
        format=order.format,
        function=_weighed(staged.root, order.output),
        layer=_weighed(staged.opt, order.layer) if staged.opt and order.layer else None,
        other_layers_bytes=layers_bytes,
        distributions=staged.distributions,
        bytecode=len(bytecode),
        bytecode_bytes=sum(bytecode),
        not_compiled=tuple(bare),
        removed=staged.removed,
        shrunk=staged.shrunk,
        spared=staged.spared,
    )
    if not order.may_exceed:
        sizes.require_fit(result, staged.sizes, source_bytes=source_bytes)
    if result.layer and staged.opt and order.layer:
        result = msgspec.structs.replace(result, layer=_zipped(staged.opt, result.layer, progress=progress))
    if order.format is BundleFormat.ZIP:
        function = _zipped(staged.root, result.function, progress=progress)
    else:
        function = _as_folder(staged, source, order=order, part=result.function)
    result = msgspec.structs.replace(result, function=function)
    return msgspec.structs.replace(result, said=tuple(_said(result, order)))


def _facts(staged: Staged, source: Source, *, order: BundleOrder) -> BundleFacts:
    return BundleFacts(
        runtime=source.runtime,
        architecture=source.architecture.value,
        handler=source.handler,
        distributions=staged.distributions,
        deferral=order.deferral,
        preloaded=order.preloaded,
    )


def _weighed(root: Path, output: Path) -> Part:
    files = [path for path in root.rglob("*") if path.is_symlink() or path.is_file()]
    unzipped_bytes = sum(path.lstat().st_size for path in files)
    return Part(path=str(output), files=len(files), unzipped_bytes=unzipped_bytes, zipped_bytes=None, digest="")


def _zipped(root: Path, part: Part, *, progress: Progress) -> Part:
    with placing.replacing(Path(part.path)) as beside:
        zip_file.write(root, beside, shown_as=part.path, progress=progress)
        with beside.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return msgspec.structs.replace(part, zipped_bytes=beside.stat().st_size, digest=digest)


def _as_folder(staged: Staged, source: Source, *, order: BundleOrder, part: Part) -> Part:
    """Copy the package to where it is to be; of an image, beside its Dockerfile."""
    with placing.replacing(order.output) as beside:
        if order.format is BundleFormat.IMAGE:
            zip_file.copy(staged.root, beside / image.FOLDER)
            image.write_dockerfile(
                beside, runtime=source.runtime, architecture=source.architecture, handler=source.handler
            )
            placing.mark(beside, _facts(staged, source, order=order))
            zip_file.settle(beside)
        else:
            zip_file.copy(staged.root, beside)
        return msgspec.structs.replace(part, digest=zip_file.digest(beside))


def _said(result: BundleResult, order: BundleOrder) -> Iterator[str]:
    yield from sizes.doubts(result)
    if not order.settings.sources:
        yield (
            "without sources a traceback names files and lines but shows no code, and inspect.getsource fails, which "
            "some packages call"
        )
    if result.not_compiled:
        names = ", ".join(result.not_compiled[:3])
        more = f" and {len(result.not_compiled) - 3} more" if len(result.not_compiled) > 3 else ""
        yield f"{result.runtime} cannot compile {names}{more}: to import them fails"
