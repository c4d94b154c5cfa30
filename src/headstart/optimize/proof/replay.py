"""One pass: every event in a new environment, all in one environment twice, and all in another order."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from headstart.model.invocation import Event
from headstart.model.proof import Observation, Observer
from headstart.optimize.proof.fields import Describer

FRESH: Final = "fresh"
WARM: Final = "warm"
ANY_ORDER: Final = "any order"
_WARM_ROUNDS: Final = 2
_ALONE: Final = 1

Step = tuple[str, int, bool]
"""A replay, the number of an event, and whether it comes to a new environment."""


def steps(order: Sequence[int]) -> tuple[Step, ...]:
    """What a pass over ``len(order)`` events consists of; ``order`` is the other order."""
    given = range(len(order))
    warm = [number for _ in range(_WARM_ROUNDS) for number in given]
    found = [(FRESH, number, True) for number in given] + list(_in_one(WARM, warm))
    return tuple(found + (list(_in_one(ANY_ORDER, order)) if len(order) > _ALONE else []))


def _in_one(replay: str, numbers: Sequence[int]) -> Iterator[Step]:
    for position, number in enumerate(numbers):
        yield replay, number, position == 0


async def replay(
    observer: Observer, events: Sequence[Event], *, plan: Sequence[Step], advance: Callable[[], None]
) -> tuple[Observation, ...]:
    """Send ``events`` as ``plan`` says, ``advance`` after each.

    Raises:
        LabError: the lab itself fails.
    """
    describer = Describer()
    found: list[Observation] = []
    positions = Counter[str]()
    for name, number, fresh in plan:
        observed = await observer.observe(events[number], fresh=fresh)
        found.append(describer.describe(observed, replay=name, position=positions[name]))
        positions[name] += 1
        advance()
    return tuple(found)
