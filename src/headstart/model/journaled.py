"""An invoker whose every report is kept at once, so that an interrupted measurement loses none of them."""

from collections.abc import Callable

from headstart.model.function import FunctionSpec, MemorySize
from headstart.model.invocation import Event, InvocationReport, Invoker

Keep = Callable[[InvocationReport], None]


class Journaled:
    """``invoker``, with ``keep`` called for each report before it is returned."""

    def __init__(self, invoker: Invoker, keep: Keep) -> None:
        self._invoker = invoker
        self._keep = keep

    @property
    def spec(self) -> FunctionSpec:
        """The function that is invoked."""
        return self._invoker.spec

    async def invoke(self, event: Event, *, fresh: bool = False) -> InvocationReport:
        """Invoke once and keep the report."""
        report = await self._invoker.invoke(event, fresh=fresh)
        self._keep(report)
        return report

    def at_memory(self, memory: MemorySize) -> "Journaled":
        """The same function at another memory size, kept in the same place."""
        return Journaled(self._invoker.at_memory(memory), self._keep)

    async def close(self) -> None:
        """Shut down every environment of this invoker."""
        await self._invoker.close()
