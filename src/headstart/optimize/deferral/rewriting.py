"""Has the imports of a compiled package rewritten, so that chosen ones are put off until what they bind is used."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol

import msgspec

from headstart.model.deferral import DeferrableImport
from headstart.optimize.bundle.listing import OWN_CODE, owners_in

_SCRIPT: Final = Path(__file__).parents[1] / "guest" / "rewrite_imports.py"


class Rewriting(msgspec.Struct, frozen=True, kw_only=True):
    """What to put off: the imports whose keys are ``chosen``, all where it is None.

    ``beside`` is as when the package was compiled. ``reachable`` are the full names of the modules
    that are loaded when nothing is put off (those that are in any case do no harm): code that uses one as an attribute
    of its package, and leaves the import of it to others, finds it there still. ``appended`` is a module of the
    package, by its path, and the full name of another that its last statement is to import; ``uncollected`` is the path
    of one while which is loaded no garbage is collected. ``archived`` are the paths of modules that will be
    moved to the side archive.
    """

    chosen: frozenset[str] | None
    beside: bool = False
    reachable: frozenset[str] = frozenset()
    appended: tuple[str, str] | None = None
    uncollected: str | None = None
    archived: frozenset[str] = frozenset()


class Runs(Protocol):
    """What the rewriting is done with: the Python of the function's machine."""

    async def run(self, script: Path, *, request: bytes, stage: str) -> bytes:
        """Run ``script`` with ``request`` on its standard input, and return what it wrote on its standard output."""
        ...


async def rewrite_imports(
    places: Mapping[Path, str], *, tools: Runs, rewriting: Rewriting
) -> tuple[DeferrableImport, ...]:
    """Rewrite the bytecode of the modules of a package, and return all imports that may be put off, chosen or not.

    ``places`` are the folders that share the package, and where each stands on Lambda; what the modules call is put
    into the first. The order of the imports gives each its number: it is the same as long as the modules are, however
    they are shared out. Sources stay as they are, and so does the bytecode of modules in which nothing is chosen, but
    for packages of modules that may not be loaded now, and for what takes all names (``import *``) of those and of
    modules with chosen imports.
    """
    request = {
        "places": {str(await asyncio.to_thread(place.resolve)): shown_as for place, shown_as in places.items()},
        "beside": rewriting.beside,
        "chosen": None if rewriting.chosen is None else sorted(rewriting.chosen),
        "reachable": sorted(rewriting.reachable),
        "appended": rewriting.appended,
        "uncollected": rewriting.uncollected,
        "archived": sorted(rewriting.archived),
    }
    answer = await tools.run(_SCRIPT, request=msgspec.json.encode(request), stage="rewriting imports")
    owners: dict[str, str] = {}
    for place in places:
        owners |= await asyncio.to_thread(owners_in, place)
    found = msgspec.json.decode(answer, type=tuple[DeferrableImport, ...])
    return tuple(msgspec.structs.replace(each, distribution=owners.get(each.path, OWN_CODE)) for each in found)
