"""Tries sets of deferred imports: replays events with them and compares with the package as it was."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Final

import msgspec

from headstart.model.invocation import Event
from headstart.model.proof import FieldDifference, Observation, Side, VolatileField
from headstart.optimize.deferral.journal import Journal, Trial
from headstart.optimize.proof.comparison import compare
from headstart.optimize.proof.fields import Describer
from headstart.optimize.proof.prove import OpenPass, Setting
from headstart.optimize.proof.replay import Step

SWITCH: Final = "_HEADSTART_DEFERRAL"
# That an import was needed after all is told by the probe, and is no difference in what the function does.
_LOG: Final = {"HEADSTART_DEFERRAL_LOG": "off"}
_MESSAGE: Final = "error.errorMessage"
# So often the package as it was is run to learn what it does not repeat, and once more where something differs.
_ROUNDS: Final = 2
_ROUNDS_MAX: Final = 4
_MESSAGE_SHOWN: Final = 200


class Found(msgspec.Struct, frozen=True):
    """The first difference in the stretch ``stretch``, in its invocation ``at`` (from 0)."""

    stretch: int
    at: int
    difference: FieldDifference

    def __str__(self) -> str:
        difference = self.difference
        if difference.field == _MESSAGE:
            message = str(difference.new)[:_MESSAGE_SHOWN].strip('"')
            return f"it fails in {difference.place}: {message}"
        return f"{difference.field} differs in {difference.place}"


def only(chosen: frozenset[int]) -> str:
    """The value of SWITCH that defers ``chosen`` and no others."""
    return f"only:{sum(1 << number for number in chosen):x}"


class Trials:
    """Replays ``plan`` in stretches, each what one environment is sent, and stops at the first difference."""

    def __init__(self, open_pass: OpenPass, events: Sequence[Event], *, plan: Sequence[Step], journal: Journal) -> None:
        self._open_pass = open_pass
        self._events = events
        self._stretches = _stretches(plan)
        self._journal = journal
        self._old: list[list[list[Observation]]] = [[] for _ in self._stretches]

    @property
    def stretches(self) -> int:
        """How many there are."""
        return len(self._stretches)

    @property
    def tried(self) -> int:
        """How many trials were made, in searches before this one too."""
        return self._journal.tried

    async def volatile(self, stretch: int) -> tuple[VolatileField, ...]:
        """What the package as it was does not repeat of what it answers and does."""
        runs = await self._old_runs(stretch)
        return tuple(field for field in compare(runs, runs[:1]).volatile if field.decides)

    async def difference(self, chosen: frozenset[int], stretch: int, *, length: int | None = None) -> Found | None:
        """The first in the first ``length`` invocations of a stretch, with ``chosen`` deferred."""
        length = length or len(self._stretches[stretch])
        deferred = only(chosen)
        trial = self._journal.get(deferred, stretch, length=length)
        if trial is None:
            trial = await self._try(deferred, stretch, length=length)
            self._journal.keep(trial)
        return None if trial.found is None else Found(stretch, trial.at, trial.found)

    async def confirmed(self, chosen: frozenset[int], found: Found) -> Found | None:
        """``found`` if it is still there when the package as it was has been run once more."""
        if len(self._old[found.stretch]) >= _ROUNDS_MAX:
            return found
        await self._learn(found.stretch)
        trial = await self._try(only(chosen), found.stretch, length=len(self._stretches[found.stretch]))
        self._journal.keep(trial)
        return None if trial.found is None else Found(found.stretch, trial.at, trial.found)

    async def _try(self, deferred: str, stretch: int, *, length: int) -> Trial:
        old = await self._old_runs(stretch)
        setting = Setting(Side.NEW, 0, "", {SWITCH: deferred, **_LOG})
        async with aclosing(self._replay(setting, stretch)) as replay:
            at = 0
            async for observation in replay:
                differences = compare([[run[at]] for run in old], [[observation]]).differences
                if differences:
                    return Trial(deferred, stretch, length, _telling(differences), at)
                at += 1
                if at == length:
                    break
        return Trial(deferred, stretch, length)

    async def _old_runs(self, stretch: int) -> list[list[Observation]]:
        while len(self._old[stretch]) < _ROUNDS:
            await self._learn(stretch)
        return self._old[stretch]

    async def _learn(self, stretch: int) -> None:
        runs = self._old[stretch]
        async with aclosing(self._replay(Setting(Side.OLD, len(runs)), stretch)) as replay:
            runs.append([observation async for observation in replay])

    async def _replay(self, setting: Setting, stretch: int) -> AsyncGenerator[Observation]:
        describer = Describer()
        async with self._open_pass(setting) as observer:
            for position, (name, number, fresh) in enumerate(self._stretches[stretch]):
                observed = await observer.observe(self._events[number], fresh=fresh)
                yield describer.describe(observed, replay=name, position=position)


def _telling(differences: Sequence[FieldDifference]) -> FieldDifference:
    """The message of an error, if there is a new one; else the first."""
    return next((each for each in differences if each.field == _MESSAGE and each.new), differences[0])


def _stretches(plan: Sequence[Step]) -> list[list[Step]]:
    found: list[list[Step]] = []
    for step in plan:
        if step[2]:
            found.append([])
        found[-1].append(step)
    return found
