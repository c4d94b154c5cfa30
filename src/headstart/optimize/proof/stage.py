"""What each pass is run in: servers as new, the same relays before them, and a seed of its own."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

import msgspec

from headstart.model.invocation import Event
from headstart.model.proof import Observed, Observer, Side
from headstart.optimize.proof.playback import Playback
from headstart.optimize.proof.prove import Setting
from headstart.optimize.proof.relay import Relays

# Read by Python itself, and by engine/guest/probe_effects.py.
_SEED: Final = "PYTHONHASHSEED"
_PLANTED: Final = "_HEADSTART_PLANTED"


class _Played:
    """An Observer beside which answers are played back."""

    def __init__(self, observer: Observer, playback: Playback) -> None:
        self._observer = observer
        self._playback = playback

    async def observe(self, event: Event, *, fresh: bool) -> Observed:
        """See Observer."""
        self._playback.recording.begin_event(event, fresh=fresh)
        observed = await self._observer.observe(event, fresh=fresh)
        unseen = (*observed.unseen, *self._playback.take_doubts())
        return msgspec.structs.replace(observed, unseen=unseen)

    async def close(self) -> None:
        """See Observer."""
        await self._observer.close()


class Stage(msgspec.Struct, frozen=True):
    """``provide`` starts the servers that the function needs and gives their clients' variables; ``observer`` makes
    that of one package with such variables; ``playback`` stands for the servers that nobody starts, where it is there.

    What is asked of those in round 0 of the old package is recorded, each place in the replay once.
    """

    provide: Callable[[], AbstractAsyncContextManager[Mapping[str, str]]]
    observer: Callable[[Side, dict[str, str]], Observer]
    relays: Relays
    playback: Playback | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What was played back and what was not, in sentences."""
        return self.playback.notes if self.playback else ()

    @asynccontextmanager
    async def open_pass(self, setting: Setting) -> AsyncIterator[Observer]:
        """See OpenPass."""
        async with self.provide() as servers:
            variables = {_SEED: str(setting.seed + 1), **self.relays.before(servers), **setting.variables}
            if setting.planted:
                variables[_PLANTED] = setting.planted
            if self.playback is not None:
                may_record = setting.side is Side.OLD and setting.seed == 0 and not setting.planted
                self.playback.recording.begin_pass(may_record=may_record)
                variables |= self.playback.variables
            observer = self.observer(setting.side, variables)
            try:
                yield observer if self.playback is None else _Played(observer, self.playback)
            finally:
                await observer.close()
                self.relays.take()
