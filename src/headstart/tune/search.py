"""The search for a memory size: three sizes first, then those whose measurement would change the decision."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

from headstart.errors import EventError, InvalidValueError
from headstart.model import tally
from headstart.model.invocation import Event, Invoker
from headstart.model.tuning import INTERRUPTED, TuneOptions, TuneResult
from headstart.tune import seen as seen_at
from headstart.tune.analysis import Analysis
from headstart.tune.next_sizes import next_sizes
from headstart.tune.outcome import Ending, result_of
from headstart.tune.runner import STAGE, Runner
from headstart.tune.seen import Seen
from headstart.tune.sizes import first_high, first_middle, is_measurable, next_above, rounded_up
from headstart.tune.subject import Draw, Session, Subject

# Warm invocations of a size before anything is made of them.
_ROUNDS: Final = 3


async def tune(invoker: Invoker, events: Sequence[Event], *, options: TuneOptions, session: Session) -> TuneResult:
    """Search for the best memory size of a function; cancelled, it returns what was found so far.

    Every size has environments of its own, which are closed at the end; those of ``invoker`` itself are not used.

    Raises:
        EventError: there is no event, or the weights sum to 0.
        InvalidValueError: none of the given sizes can be measured on this machine.
        RequestError: what is to be done before or after an invocation raises.
    """
    _require_weights(events)
    subject = Subject(spec=invoker.spec, events=tuple(events), options=options, session=session)
    runner = Runner(invoker, subject, window=_ROUNDS)
    search = _Search(runner, subject)
    ending = Ending(INTERRUPTED, is_settled=False)
    with tally.stage(session.progress, STAGE, total=options.invocations):
        try:
            try:
                ending = await (search.given() if options.sizes else search.adaptive())
            finally:
                await runner.close()
        except asyncio.CancelledError:
            if (this := asyncio.current_task()) is not None:
                this.uncancel()
    return result_of(runner.reports, subject, ending=ending)


class _Search:
    def __init__(self, runner: Runner, subject: Subject) -> None:
        self._runner = runner
        self._subject = subject
        self._cpus = subject.options.cpus
        self._shuffle = subject.session.randomness(Draw.ORDER_OF_SIZES)

    async def given(self) -> Ending:
        """Measure the sizes that were given, each as often."""
        given = sorted({memory.mb for memory in self._subject.options.sizes or ()})
        sizes = [mb for mb in given if is_measurable(mb, self._cpus)]
        if not sizes:
            raise InvalidValueError(
                "sizes",
                ", ".join(map(str, given)),
                allowed=f"at least one with no more vCPUs than this machine has ({self._cpus})",
                hint="--sizes 512,1024,1769; the deployed function can be tuned at all sizes with --aws",
            )
        rounds = max(1, self._subject.options.invocations // len(given))
        await self._in_turn(sizes, rounds=rounds)
        asked = len(sizes) * rounds
        spent = self._runner.spent() if len(self._runner.reports) < asked else ""
        return Ending(spent or "all given sizes were measured", is_settled=not spent)

    async def adaptive(self) -> Ending:
        """Measure three sizes, and then what is worth it, until the choice is settled or the budget spent."""
        await self._in_turn(await self._first_sizes(), rounds=_ROUNDS)
        while True:
            analysis, before = Analysis.of(self._runner.reports, self._subject), len(self._runner.reports)
            if not analysis.candidates:
                return Ending(self._runner.spent() or "no size can be used", is_settled=False)
            sizes = next_sizes(analysis)
            if not sizes:
                return Ending("the choice is settled", is_settled=True)
            new = len(sizes - analysis.sizes.keys())
            if spent := self._runner.spent(1 + new):
                return Ending(spent, is_settled=False)
            await self._in_turn(sizes, rounds=_ROUNDS)
            if len(self._runner.reports) == before:
                return Ending("nothing that is left can be measured", is_settled=False)

    async def _first_sizes(self) -> list[int]:
        """A high one, the lowest that has memory and time enough, and one between: each invoked once."""
        configured_mb = self._subject.spec.memory.mb
        high_mb = await self._first_alive(first_high(configured_mb, cpus=self._cpus))
        if high_mb is None:
            return []
        seen = self._seen()
        least_mb = seen_at.least_mb(seen.values(), is_local=not self._subject.is_paid)
        failed_mb = max((mb for mb in seen if mb < high_mb), default=0)
        low_mb = await self._first_alive(rounded_up(max(least_mb, failed_mb + 1)), below=high_mb)
        if low_mb is None:
            return [high_mb]
        middle_mb = first_middle(low_mb, high_mb, configured_mb=configured_mb)
        return [low_mb, high_mb] if middle_mb is None else [low_mb, middle_mb, high_mb]

    async def _first_alive(self, mb: int | None, *, below: int | None = None) -> int | None:
        """The first from ``mb`` on that an invocation does not rule out; None where there is none."""
        while mb is not None and (below is None or mb < below) and not self._runner.spent():
            await self._runner.invoke(mb)
            if not self._is_hopeless(mb):
                return mb
            mb = next_above(mb, self._cpus)
        return None

    async def _in_turn(self, sizes: Iterable[int], *, rounds: int) -> None:
        """Invoke each once a round, in another order every time: what happens every so often must not meet one size
        alone. A size that is new is invoked once more, for its cold start."""
        order = sorted(sizes)
        new = [] if self._subject.options.is_cold or self._subject.options.sizes else self._unseen(order)
        for each in [new, *[order] * rounds]:
            turns = list(each)
            self._shuffle.shuffle(turns)
            for mb in turns:
                if self._runner.spent():
                    return
                if not self._is_hopeless(mb):
                    await self._runner.invoke(mb)

    def _unseen(self, sizes: Sequence[int]) -> list[int]:
        seen = self._seen()
        return [mb for mb in sizes if mb not in seen]

    def _is_hopeless(self, mb: int) -> bool:
        seen = self._seen().get(mb)
        return seen is not None and seen.is_hopeless

    def _seen(self) -> dict[int, Seen]:
        return seen_at.by_size(self._runner.reports, self._subject)


def _require_weights(events: Sequence[Event]) -> None:
    if not events:
        raise EventError("there is no event to tune for", hint="--event FILE.json")
    if sum(event.weight for event in events) <= 0:
        raise EventError("the weights of the events sum to 0", hint="give one of them a weight above 0")
