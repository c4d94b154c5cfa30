"""Bundles a function by what headstart.lock.json says, where that is of its package: nothing is searched nor run."""

import asyncio
from pathlib import Path
from typing import Final

import msgspec

from headstart.bundling import Optimized, bundle_in_cache
from headstart.engine import tree
from headstart.infra.project import Project
from headstart.model.deferral_result import LOCK_FILE
from headstart.model.function import InitializationType
from headstart.model.lock import Lock
from headstart.model.progress import NoProgress
from headstart.optimize.deferral import lock
from headstart.optimize.deferral.outcome import facts_of
from headstart.optimize.placement.preload import text
from headstart.optimizing.keys import Keys, is_of_package
from headstart.optimizing.preloading import Given, conditions
from headstart.optimizing.variants import Variants, put_off

_SEARCH: Final = "headstart bundle finds out what pays, and keeps it there"
_OTHER: Final = "another package, or other conditions"


class Bundled(msgspec.Struct, frozen=True):
    """The ``folder`` of a bundle and the ``digest`` of what is in it; ``said``: what of the lock was not heeded."""

    folder: Path
    digest: str
    said: tuple[str, ...] = ()


async def bundle_as_locked(project: Project, *, left_out: frozenset[str] = frozenset()) -> Bundled:
    """The bundle of a function, built once until something in it changes, with what was found out about it.

    That is looked up in headstart.lock.json in ``project.folder``, and holds for the package as ``headstart bundle``
    makes it, without anything ``left_out``; whether the events are still the same only that command asks.

    Raises:
        RequestError: as ``bundling.bundle``, or the lock cannot be read.
    """
    file = project.folder / LOCK_FILE
    locked = await asyncio.to_thread(lock.read, file)
    optimized, said = None, []
    if locked is not None:
        optimized, unheeded = await _optimized(project, locked)
        said = [f"{file}: {what} was found for {_OTHER}, and is not done: {_SEARCH}" for what in unheeded]
    elif project.bundle.is_optimized:
        said = [f"there is no {file}, so that nothing is optimised: {_SEARCH}"]
    folder, digest = await bundle_in_cache(project, left_out=left_out, optimized=optimized)
    return Bundled(folder, digest, tuple(said))


async def _optimized(project: Project, locked: Lock) -> tuple[Optimized | None, list[str]]:
    """What of ``locked`` is of the function's package and conditions, None where nothing is; and what is not."""
    whole = msgspec.structs.replace(project.bundle, side_archive=locked.archive is not None)
    variants = await Variants.of(msgspec.structs.replace(project, bundle=whole), progress=NoProgress())
    keys = Keys(variants, project)
    under = conditions(project, InitializationType(project.bundle.initialization or project.initialization))
    deferral = locked.result if is_of_package(locked.key, keys.deferral(under)) else None
    deferred = put_off(deferral)
    given = Given(variants, deferred, under)
    preloaded = locked.preload if is_of_package(locked.preload_key, keys.preload(given)) else None
    steps = preloaded.steps if preloaded else ()
    archive = locked.archive if is_of_package(locked.archive_key, keys.archive(deferred, steps)) else None
    archived = frozenset(archive.modules if archive else ())
    found: dict[str, tuple[object, object]] = {
        "deferral": (locked.result, deferral),
        "preloading": (locked.preload, preloaded),
        "the side archive": (locked.archive, archive),
    }
    unheeded = [what for what, (kept, heeded) in found.items() if kept is not None and heeded is None]
    if not (deferred or steps or archived):
        return None, unheeded
    optimized = Optimized(
        key=tree.fingerprint(variants.key, deferred.key, text(steps), repr(sorted(archived))),
        rewrite=variants.rewrite(deferred, steps, archived=archived, beside=not project.bundle.sources),
        deferral=facts_of(deferral),
        preloaded=len(steps),
    )
    return optimized, unheeded
