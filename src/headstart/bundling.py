"""Puts a function's bundle together with what this machine has: uv, its Pythons and the cache. It needs no sandbox."""

from pathlib import Path
from typing import Final

import msgspec

from headstart.engine import cache, tree
from headstart.engine.target_tools import TargetTools
from headstart.infra.project import Project
from headstart.model.bundle import BundleFormat, BundleOrder, BundleResult, BundleSettings, DeferralFacts
from headstart.model.deferral_result import LOCK_FILE
from headstart.model.progress import NoProgress, Progress
from headstart.optimize.bundle import build
from headstart.optimize.bundle.build import Rewrite, Source

_BUNDLE: Final = "bundle"
_DIGEST: Final = "digest"


class Optimized(msgspec.Struct, frozen=True, kw_only=True):
    """What makes a bundle another one than that of its settings: ``key`` stands for what ``rewrite`` does; the rest is
    what the bundle says of itself."""

    key: str
    rewrite: Rewrite
    deferral: DeferralFacts | None = None
    preloaded: int = 0


async def bundle(
    project: Project,
    order: BundleOrder,
    *,
    left_out: frozenset[str] = frozenset(),
    progress: Progress | None = None,
    rewrite: Rewrite | None = None,
) -> BundleResult:
    """Write the package of a function as it is deployed.

    ``left_out`` are names of files and folders of its code that are not shipped, beside those that never are;
    ``rewrite`` changes the bytecode before anything is written.

    Raises:
        RequestError: it cannot be built, or Lambda would refuse it.
    """
    spec, progress = project.spec, progress or NoProgress()
    tools = tools_for(project, order.settings, left_out=left_out, progress=progress)
    source = Source(code=spec.code, handler=spec.handler, runtime=spec.runtime, architecture=spec.architecture)
    return await build.build(source, order, tools=tools, progress=progress, rewrite=rewrite)


def tools_for(
    project: Project, settings: BundleSettings, *, left_out: frozenset[str] = frozenset(), progress: Progress
) -> TargetTools:
    """What bundles of a function are built with; they never have the lock in them, which is written beside the code.

    Raises:
        RequestError: this machine has not what it takes.
    """
    return TargetTools(project.spec, built=settings.build, left_out=left_out | {LOCK_FILE}, progress=progress)


async def bundle_in_cache(
    project: Project,
    *,
    left_out: frozenset[str] = frozenset(),
    may_exceed: bool = False,
    optimized: Optimized | None = None,
    progress: Progress | None = None,
) -> tuple[Path, str]:
    """The folder of a function's bundle, built once until something in it changes, and its digest.

    Where it ``may_exceed``, it may be larger than Lambda allows.

    Raises:
        RequestError: as ``bundle``.
    """
    settings, progress = project.bundle.of_content, progress or NoProgress()

    async def write(into: Path) -> None:
        order = BundleOrder(
            output=into / _BUNDLE,
            format=BundleFormat.DIR,
            settings=settings,
            deferral=optimized.deferral if optimized else None,
            preloaded=optimized.preloaded if optimized else 0,
            may_exceed=may_exceed,
        )
        rewrite = optimized.rewrite if optimized else None
        made = await bundle(project, order, left_out=left_out, progress=progress, rewrite=rewrite)
        (into / _DIGEST).write_text(made.function.digest)

    tools = tools_for(project, settings, left_out=left_out, progress=progress)
    how = tree.digest(Path(build.__file__).parent)
    others = (*(["may exceed"] if may_exceed else []), *([optimized.key] if optimized else []))
    key = tree.fingerprint(tools.key(), repr(settings), how, *others)
    entry = await cache.default().entry("bundle", key, build=write)
    return entry / _BUNDLE, (entry / _DIGEST).read_text()
