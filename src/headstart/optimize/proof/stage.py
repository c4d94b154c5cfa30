"""What each pass is run in: servers as new, the same relays before them, and a seed of its own."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

import msgspec

from headstart.model.proof import Observer, Side
from headstart.optimize.proof.prove import Setting
from headstart.optimize.proof.relay import Relays

# Read by Python itself, and by engine/guest/probe_effects.py.
_SEED: Final = "PYTHONHASHSEED"
_PLANTED: Final = "_HEADSTART_PLANTED"


class Stage(msgspec.Struct, frozen=True):
    """``provide`` starts the servers that the function needs and gives their clients' variables; ``observer`` makes
    that of one package with such variables."""

    provide: Callable[[], AbstractAsyncContextManager[Mapping[str, str]]]
    observer: Callable[[Side, dict[str, str]], Observer]
    relays: Relays

    @asynccontextmanager
    async def open_pass(self, setting: Setting) -> AsyncIterator[Observer]:
        """See OpenPass."""
        async with self.provide() as servers:
            variables = {_SEED: str(setting.seed + 1), **self.relays.before(servers), **setting.variables}
            if setting.planted:
                variables[_PLANTED] = setting.planted
            observer = self.observer(setting.side, variables)
            try:
                yield observer
            finally:
                await observer.close()
                self.relays.take()
