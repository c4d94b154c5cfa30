"""Looks at what a package does with events, by a probe inside: which imports are used, which modules loaded."""

from collections.abc import Sequence
from typing import Final

from headstart.engine.invoker import LocalInvoker
from headstart.errors import LabError
from headstart.measure import profiling
from headstart.model import tally
from headstart.model.invocation import Event
from headstart.model.progress import Progress
from headstart.optimize.deferral.decision import Seen
from headstart.optimize.deferral.trials import SWITCH

OBSERVE: Final = "observe"
_IMPORTS: Final = "probe_deferral"
# As well what fails to load, and what is gone again.
MODULES: Final = "probe_modules"


class Probing:
    """Runs a package with the probe inside; which imports are used is seen where every one can be deferred."""

    def __init__(
        self, invoker: LocalInvoker, events: Sequence[Event], *, probe: str = _IMPORTS, progress: Progress
    ) -> None:
        self._invoker = invoker
        self._probe = probe
        self._events = events
        self._progress = progress

    async def seen(self, switch: str) -> Seen:
        """See ``search.Probe``."""
        return await self._of(switch, self._events)

    async def everywhere(self, switch: str) -> list[Seen]:
        """See ``search.Probe``."""
        stage = "looking at which imports the events use"
        with tally.stage(self._progress, stage, total=len(self._events) + 1):
            found = []
            for events in (*((event,) for event in self._events), (*self._events, *self._events)):
                found.append(await self._of(switch, events))
                self._progress.advance(stage)
        return found

    async def _of(self, switch: str, events: Sequence[Event]) -> Seen:
        records = await self._invoker.with_variables({SWITCH: switch}).records(self._probe, events)
        for record in records:
            if "error" in record:
                raise LabError(f"{self._probe} failed:\n{record['error']}".rstrip(), hint=profiling.DEFECT_HINT)
        return Seen(records, tuple(event.name for event in events))
