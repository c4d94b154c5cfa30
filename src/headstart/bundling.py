"""Puts a function's bundle together with what this machine has: uv, its Pythons and the cache. It needs no sandbox."""

from pathlib import Path
from typing import Final

from headstart.engine import cache, tree
from headstart.engine.target_tools import TargetTools
from headstart.infra.project import Project
from headstart.model.bundle import BundleFormat, BundleOrder, BundleResult
from headstart.model.progress import NoProgress, Progress
from headstart.optimize.bundle import build
from headstart.optimize.bundle.build import Source

_BUNDLE: Final = "bundle"
_DIGEST: Final = "digest"


async def bundle(
    project: Project,
    order: BundleOrder,
    *,
    left_out: frozenset[str] = frozenset(),
    progress: Progress | None = None,
) -> BundleResult:
    """Write the package of a function as it is deployed.

    ``left_out`` are names of files and folders of its code that are not shipped, beside those that never are.

    Raises:
        RequestError: it cannot be built, or Lambda would refuse it.
    """
    spec, progress = project.spec, progress or NoProgress()
    tools = TargetTools(spec, built=order.settings.build, left_out=left_out, progress=progress)
    source = Source(code=spec.code, handler=spec.handler, runtime=spec.runtime, architecture=spec.architecture)
    return await build.build(source, order, tools=tools, progress=progress)


async def bundle_in_cache(project: Project, *, left_out: frozenset[str] = frozenset()) -> tuple[Path, str]:
    """The folder of a function's bundle, built once until something in it changes, and its digest.

    Raises:
        RequestError: as ``bundle``.
    """
    settings = project.bundle

    async def write(into: Path) -> None:
        order = BundleOrder(output=into / _BUNDLE, format=BundleFormat.DIR, settings=settings)
        made = await bundle(project, order, left_out=left_out)
        (into / _DIGEST).write_text(made.function.digest)

    tools = TargetTools(project.spec, built=settings.build, left_out=left_out, progress=NoProgress())
    how = tree.digest(Path(build.__file__).parent)
    key = tree.fingerprint(tools.key(), repr(settings), how)
    entry = await cache.default().entry("bundle", key, build=write)
    return entry / _BUNDLE, (entry / _DIGEST).read_text()
