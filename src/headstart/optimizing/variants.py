"""A function's bundle as it is, and copies of it with imports deferred and first invocations' work preloaded."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, Self

import msgspec

from headstart.bundling import bundle_in_cache, tools_for
from headstart.engine import cache, tree
from headstart.engine.target_tools import TargetTools
from headstart.infra.project import Project
from headstart.model.deferral import DeferrableImport
from headstart.model.deferral_result import DeferralResult
from headstart.model.preloading import Step
from headstart.model.progress import Progress
from headstart.optimize.bundle import side_archive, zip_file
from headstart.optimize.deferral import rewriting
from headstart.optimize.deferral.rewriting import Rewriting, rewrite_imports
from headstart.optimize.placement import preload

_SHOWN_AS: Final = "/var/task"


class PutOff(msgspec.Struct, frozen=True):
    """Which imports are deferred, by their keys (None: all that can be), the modules that are then not loaded, and
    whether garbage collection is put off until init has ended."""

    keys: frozenset[str] | None = frozenset()
    kept_out: frozenset[str] = frozenset()
    garbage: bool = False

    def __bool__(self) -> bool:
        """Whether anything is."""
        return self.keys is None or bool(self.keys) or self.garbage

    @property
    def key(self) -> str:
        """Another one for anything else."""
        return repr((self.keys and sorted(self.keys), sorted(self.kept_out), self.garbage))


class Variants:
    """The package ``plain``, in which nothing is deferred nor preloaded, and its copies, in the cache."""

    def __init__(self, plain: Path, key: str, *, tools: TargetTools, handler: str) -> None:
        self.plain = plain
        self.key = key
        self._tools = tools
        self._handler = handler

    @classmethod
    async def of(cls, project: Project, *, progress: Progress) -> Self:
        """Those of a function, bundled by its settings; what of it goes into an archive may be too large before.

        Raises:
            RequestError: as ``bundling.bundle``.
        """
        # Without sources nothing can be rewritten.
        settings = msgspec.structs.replace(project.bundle, sources=True)
        tools = tools_for(project, settings, progress=progress)
        plain, digest = await bundle_in_cache(
            msgspec.structs.replace(project, bundle=settings), may_exceed=settings.side_archive, progress=progress
        )
        return cls(plain, tree.fingerprint(digest, _mechanism()), tools=tools, handler=project.spec.handler)

    @property
    def handler_file(self) -> str | None:
        """The file of the handler's module, relative to the package; None where it is not in it."""
        return preload.handler_file(self.plain, self._handler)

    async def rewritten(
        self, put_off: PutOff, steps: Sequence[Step] = (), *, archived: frozenset[str] = frozenset()
    ) -> tuple[Path, tuple[DeferrableImport, ...]]:
        """One with imports ``put_off``, ``steps`` preloaded and modules ``archived``, and all imports that can be
        deferred."""

        async def write(into: Path) -> None:
            await asyncio.to_thread(zip_file.copy, self.plain, into / "package")
            found = await self.rewrite(put_off, steps, archived=archived)({into / "package": _SHOWN_AS})
            (into / "imports.json").write_bytes(msgspec.json.encode(found))

        others = (*([preload.text(steps)] if steps else []), *([repr(sorted(archived))] if archived else []))
        key = tree.fingerprint(self.key, put_off.key, *others)
        entry = await cache.default().entry("deferred", key, build=write)
        found = msgspec.json.decode((entry / "imports.json").read_bytes(), type=tuple[DeferrableImport, ...])
        return entry / "package", found

    def rewrite(
        self, put_off: PutOff, steps: Sequence[Step], *, archived: frozenset[str] = frozenset(), beside: bool = False
    ) -> Callable[[Mapping[Path, str]], Awaitable[tuple[DeferrableImport, ...]]]:
        """Rewrites the bytecode of a package's modules; that of the handler's module, which is in the first folder,
        preloads ``steps``."""

        async def rewrite(places: Mapping[Path, str]) -> tuple[DeferrableImport, ...]:
            file = self.handler_file
            how = Rewriting(
                chosen=put_off.keys,
                beside=beside,
                reachable=put_off.kept_out,
                appended=(file, preload.MODULE) if file and steps else None,
                uncollected=file if put_off.garbage else None,
                archived=archived,
            )
            found = await rewrite_imports(places, tools=self._tools, rewriting=how)
            if file and steps:
                root, shown_as = next(iter(places.items()))
                await preload.lay(root, steps, tools=self._tools, shown_as=shown_as, beside=beside)
            for place in places:
                await asyncio.to_thread(side_archive.move, place, archived)
            return found

        return rewrite


def put_off(result: DeferralResult | None) -> PutOff:
    """What a search found, if there was one."""
    if result is None:
        return PutOff()
    keys = frozenset(each.of.key for each in result.deferred)
    return PutOff(keys, frozenset(result.kept_out), result.garbage)


def with_package(project: Project, root: Path) -> Project:
    """The function with the package ``root``."""
    spec = msgspec.structs.replace(project.spec, code=root, requirements=None)
    return msgspec.structs.replace(project, spec=spec)


def _mechanism() -> str:
    """The same as long as packages are rewritten, and what to rewrite is searched, in the same way."""
    folder = Path(rewriting.__file__).parent
    return tree.fingerprint(*(tree.digest(place) for place in (folder, *map(folder.with_name, ("guest", "placement")))))
