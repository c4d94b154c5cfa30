"""Invokes a function at any memory size within a budget, with what is to be done before and after."""

import asyncio
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final, TypeVar

from headstart.errors import RequestError
from headstart.model import limits, tally
from headstart.model.function import MemorySize
from headstart.model.invocation import Event, InvocationReport, Invoker
from headstart.model.journaled import Journaled
from headstart.tune.bill import spent_usd
from headstart.tune.seen import by_size
from headstart.tune.subject import Draw, Subject

STAGE: Final = "memory sizes"
_Result = TypeVar("_Result")


class Runner:
    """``reports`` has every invocation, in order. All sizes get the same events, in an order drawn ``window`` by
    ``window``."""

    def __init__(self, invoker: Invoker, subject: Subject, *, window: int) -> None:
        self.reports: list[InvocationReport] = []
        self._subject = subject
        self._invoker = Journaled(invoker, self._keep)
        self._at: dict[int, Journaled] = {}
        self._sent: dict[int, int] = {}
        self._events = _in_windows(subject, window)
        self._begun_ns = subject.session.ticks_ns()
        # Invocations that follow each other evenly would all begin at the same moment of the CPU quota's period.
        self._pauses = subject.session.randomness(Draw.PAUSES)

    def spent(self, count: int = 1) -> str:
        """Why ``count`` more invocations are too many; empty while they are not."""
        options, budget = self._subject.options, self._subject.options.budget
        if len(self.reports) + count > options.invocations:
            return f"the budget of {options.invocations} invocations is spent"
        elapsed_ns = self._subject.session.ticks_ns() - self._begun_ns
        if budget.minutes is not None and elapsed_ns >= budget.minutes * 60e9:
            return f"the budget of {budget.minutes:g} minutes is spent"
        if budget.cost_usd is not None:
            sizes = by_size(self.reports, self._subject).values()
            each = max((spent_usd(self._subject, [seen]) / len(seen.reports) for seen in sizes), default=Decimal(0))
            if spent_usd(self._subject, sizes) + each > budget.cost_usd:
                return f"the budget of {budget.cost_usd} USD is spent"
        return ""

    async def invoke(self, mb: int) -> InvocationReport:
        """Send a size its next event: the first to a fresh environment, or all where cold starts are tuned.

        Raises:
            RequestError: what is to be done before or after raises.
        """
        options, sent = self._subject.options, self._sent.get(mb, 0)
        invoker = self._at.get(mb) or self._at.setdefault(mb, self._invoker.at_memory(MemorySize(mb)))
        # The first invocation is cold: where warm ones are tuned it counts for no event.
        event = self._events[sent if options.is_cold else max(0, sent - 1)]
        self._sent[mb] = sent + 1
        if (before := options.before) is not None:
            given = await self._called("before", lambda: before(event), hook=before)
            event = given or event
        if self._subject.is_paid:
            await asyncio.sleep(self._pauses.uniform(0, limits.CPU_PERIOD_US) / 1e6)
        report = await invoker.invoke(event, fresh=options.is_cold or sent == 0)
        if (after := options.after) is not None:
            await self._called("after", lambda: after(event, report.outcome.payload), hook=after)
        return report

    async def close(self) -> None:
        """Shut down every environment."""
        at, self._at = self._at, {}
        await asyncio.gather(*(invoker.close() for invoker in at.values()))

    def _keep(self, report: InvocationReport) -> None:
        self.reports.append(report)
        self._subject.session.keep(report)
        self._subject.session.progress.advance(STAGE)

    async def _called(self, when: str, call: Callable[[], _Result], *, hook: object) -> _Result:
        """What a hook gives; it may block."""
        try:
            return await self._subject.session.aside(call)  # type: ignore[no-any-return]
        except Exception as error:
            name = getattr(hook, "__qualname__", type(hook).__name__)
            raise RequestError(
                f"{name}, called {when} an invocation, raised {type(error).__name__}: {error}",
                hint="what was measured is in the journal; a hook that fails ends the run",
            ) from error


def _in_windows(subject: Subject, window: int) -> Sequence[Event]:
    """As many events as any size may get."""
    events, shuffle = tally.mix(subject.events, subject.options.invocations), subject.session.randomness(Draw.EVENTS)
    windows = [events[at : at + window] for at in range(0, len(events), window)]
    for each in windows:
        shuffle.shuffle(each)
    return [event for each in windows for event in each]
