"""One trial of a side archive: what no event loads is moved there, and that is proved and measured in a lab."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from headstart.engine import tree
from headstart.infra.project import Project
from headstart.lab import Lab
from headstart.model.gain import Gain
from headstart.model.preloading import Step
from headstart.model.progress import Progress
from headstart.model.proof import ProofResult, Verdict
from headstart.model.side_archive import SideArchive
from headstart.optimize.bundle import side_archive
from headstart.optimize.bundle.listing import listing, owners_in
from headstart.optimize.deferral import outcome
from headstart.optimize.deferral.gains import is_plainly_later
from headstart.optimizing.cold_starts import answered, compare, first_reports
from headstart.optimizing.probing import MODULES, OBSERVE, Probing
from headstart.optimizing.variants import PutOff, Variants, with_package

# Under these Python compiles sources anew, which know nothing of the archive.
_COMPILING_ANEW: Final = ("PYTHONOPTIMIZE", "PYTHONPYCACHEPREFIX")
# Less is not worth that what no event was recorded of takes longer to load.
_SAVED_MIN_BYTES: Final = 1024 * 1024
_LITTLE: Final = "less than 1 MB would be saved"
_DIFFERENT: Final = "the packages do not behave the same"
_LATER: Final = "the first answer is there later"


def why_not(environment: Mapping[str, str]) -> str:
    """Why a function with these variables can have no archive; empty where it can."""
    found = [name for name in _COMPILING_ANEW if environment.get(name)]
    return f"under {found[0]} Python does not use the bundle's bytecode" if found else ""


class Archiving:
    """The trial of a function in ``lab``, whose package has imports ``put_off`` and ``steps`` preloaded."""

    def __init__(
        self, lab: Lab, project: Project, *, variants: Variants, put_off: PutOff, steps: Sequence[Step]
    ) -> None:
        self._lab = lab
        self._project = project
        self._variants = variants
        self._put_off = put_off
        self._steps = steps

    async def result(self, *, progress: Progress) -> SideArchive:
        """What is archived: what is never loaded with nothing put off, if that saves some and changes nothing.

        Raises:
            EventError: every event fails.
        """
        loaded = await self._loaded(progress)
        found = SideArchive(events=tuple(event.name for event in self._project.events))
        files = listing(self._variants.plain, owners_in(self._variants.plain))
        moved = await asyncio.to_thread(side_archive.movable, files, loaded)
        before, after = [await self._on(each) for each in (frozenset[str](), moved)]
        old, new = [tree.weigh(each.spec.code, left_out=frozenset()) for each in (before, after)]
        if not moved or old[0] - new[0] < _SAVED_MIN_BYTES:
            return msgspec.structs.replace(found, withdrawn=_LITTLE)
        found = msgspec.structs.replace(
            found,
            modules=tuple(sorted(moved)),
            parts=side_archive.parts(files, moved),
            saved_bytes=old[0] - new[0],
            saved_files=old[1] - new[1],
        )
        found = _proved(found, await self._lab.prove(before, after), expected=self._project.bundle.volatile)
        if found.withdrawn:
            return found
        invokers = [await self._lab.invoker(each) for each in (before, after)]
        return _measured(found, await compare(invokers, self._project.events, times=1, progress=progress))

    async def _loaded(self, progress: Progress) -> frozenset[str]:
        """The modules that any environment loads, or tries to; events that fail are not asked again."""
        plain = with_package(self._project, self._variants.plain)
        invoker = await self._lab.invoker(plain)
        events = answered(plain.events, await first_reports(invoker, plain.events))
        await invoker.close()
        self._project = msgspec.structs.replace(self._project, events=events)
        seen = await Probing(invoker, events, probe=MODULES, progress=progress).everywhere(OBSERVE)
        return frozenset(name for each in seen for record in each.records for name in record["modules"])

    async def _on(self, archived: frozenset[str]) -> Project:
        """The function with modules ``archived``."""
        root: Path = self._variants.plain
        if self._put_off or self._steps or archived:
            root, _ = await self._variants.rewritten(self._put_off, self._steps, archived=archived)
        return with_package(self._project, root)


def _proved(found: SideArchive, proof: ProofResult, *, expected: Sequence[str]) -> SideArchive:
    if proof.verdict is Verdict.DIFFERENT:
        first = proof.differences[0]
        found = msgspec.structs.replace(found, doubts=(f"{first.field} differs in {first.place}",))
        return _withdrawn(found, proof.verdict, why=_DIFFERENT)
    unsure = [f"{name} is never the same twice" for name in outcome.unexpected(proof.volatile, expected)]
    return msgspec.structs.replace(found, proof=proof.verdict, doubts=(*proof.unseen, *unsure))


def _measured(found: SideArchive, gains: tuple[Gain, ...]) -> SideArchive:
    found = msgspec.structs.replace(found, gains=gains)
    return _withdrawn(found, found.proof, why=_LATER) if is_plainly_later(gains) else found


def _withdrawn(found: SideArchive, proof: Verdict | None, *, why: str) -> SideArchive:
    return msgspec.structs.replace(
        found, modules=(), parts=(), saved_bytes=0, saved_files=0, proof=proof, withdrawn=why
    )
