"""The proof by replay: runs the old package against itself, the new one against itself, and then compares the two."""

import random
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final

import msgspec

from headstart.model.invocation import Event
from headstart.model.progress import Progress
from headstart.model.proof import Observation, Observer, ProofResult, Side, Verdict
from headstart.optimize.proof.comparison import Comparison, Pass, compare
from headstart.optimize.proof.fields import LOG, NETWORK, TMP
from headstart.optimize.proof.replay import FRESH, Step, replay, steps

PLANTED: Final = "headstart-planted"
_ROUNDS: Final = 2
_SEEN_IN: Final = {"the log": LOG, "/tmp": TMP, "the network": NETWORK}  # noqa: S108 (a word)


class Setting(msgspec.Struct, frozen=True):
    """How a pass is run: the seed of ``hash``, the mark that a planted module leaves, if there is to be one, and more
    environment variables of the function."""

    side: Side
    seed: int
    planted: str = ""
    variables: dict[str, str] = {}


OpenPass = Callable[[Setting], AbstractAsyncContextManager[Observer]]
"""Opens what one pass runs in: whatever the function needs beside itself is as new in each."""


class Replays(msgspec.Struct, frozen=True, kw_only=True):
    """What is run, and how it is told."""

    open_pass: OpenPass
    events: tuple[Event, ...]
    names: tuple[str, str]
    progress: Progress


async def prove(replays: Replays, *, shuffle: random.Random) -> ProofResult:
    """Run both packages and compare. Differences are confirmed by more runs of each before they are said.

    Raises:
        LabError: the lab itself fails.
    """
    order = list(range(len(replays.events)))
    shuffle.shuffle(order)
    plan = steps(order)
    old: list[Pass] = [await _pass(replays, Setting(Side.OLD, seed), plan=plan) for seed in range(_ROUNDS)]
    new: list[Pass] = [await _pass(replays, Setting(Side.NEW, seed), plan=plan) for seed in range(_ROUNDS)]
    comparison = compare(old, new)
    if comparison.differences:
        # The old one comes last too: what changes with the time of day changes within it.
        old.append(await _pass(replays, Setting(Side.OLD, _ROUNDS), plan=plan))
        new.append(await _pass(replays, Setting(Side.NEW, _ROUNDS), plan=plan))
        old.append(await _pass(replays, Setting(Side.OLD, _ROUNDS + 1), plan=plan))
        comparison = compare(old, new)
    seen = await _control(replays, old[0][0])
    return _result(replays, comparison, runs=(old, new), seen=seen)


async def _pass(replays: Replays, setting: Setting, *, plan: Sequence[Step]) -> Pass:
    stage = f"replaying the {setting.side} package, round {setting.seed + 1}"
    if setting.planted:
        stage = "planting a side effect"
    replays.progress.start(stage, len(plan))
    try:
        async with replays.open_pass(setting) as observer:
            return await replay(observer, replays.events, plan=plan, advance=lambda: replays.progress.advance(stage))
    finally:
        replays.progress.finish(stage)


async def _control(replays: Replays, usual: Observation) -> tuple[str, ...]:
    """Plant a module with side effects in the old package: in which parts of the observation it is seen."""
    plan = ((FRESH, 0, True),)
    (planted,) = await _pass(replays, Setting(Side.OLD, 0, PLANTED), plan=plan)
    differing = (name for name, value in planted.fields.items() if usual.fields.get(name) != value)
    marked = [name for name in differing if PLANTED in f"{name} {planted.fields[name]}"]
    return tuple(part for part, beginning in _SEEN_IN.items() if any(field.startswith(beginning) for field in marked))


def _result(
    replays: Replays, comparison: Comparison, *, runs: tuple[Sequence[Pass], Sequence[Pass]], seen: tuple[str, ...]
) -> ProofResult:
    old, new = runs
    observations = [each for side in runs for one in side for each in one]
    unseen = list(dict.fromkeys(sentence for each in observations for sentence in each.unseen))
    unseen += [f"a planted side effect was not seen in: {part}" for part in _SEEN_IN if part not in seen]
    if all(each.failure for each in old[0]):
        unseen.append("every event fails in the old package, so that little of what it does was seen")
    return ProofResult(
        old_name=replays.names[0],
        new_name=replays.names[1],
        verdict=verdict(comparison, unseen),
        differences=comparison.differences,
        differing=comparison.differing,
        volatile=comparison.volatile,
        unseen=tuple(unseen),
        failing=_failing(old[0], new[0]),
        seen_planted=seen,
        events=len(replays.events),
        invocations=len(observations),
        compared=comparison.compared,
        rounds=len(new),
    )


def verdict(comparison: Comparison, unseen: Sequence[str]) -> Verdict:
    """Never SAME where something could not be seen, or is never the same twice in what the function does."""
    if comparison.differences:
        return Verdict.DIFFERENT
    if unseen or any(field.decides for field in comparison.volatile):
        return Verdict.UNDECIDED
    return Verdict.SAME


def _failing(old: Pass, new: Pass) -> tuple[str, ...]:
    return tuple(dict.fromkeys(a.failure for a, b in zip(old, new, strict=True) if a.failure and b.failure))
