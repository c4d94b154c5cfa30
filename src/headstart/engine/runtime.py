"""The runtime process of an environment, as a sequence of steps to wait for."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final

import msgspec

from headstart.engine.clock import Clock
from headstart.engine.fork import Fork
from headstart.engine.resources import Resources
from headstart.engine.runtime_api import Answer, RuntimeApi
from headstart.engine.sandbox import Sandbox


class Next(msgspec.Struct, frozen=True):
    """The runtime waits for an event."""


class InitError(msgspec.Struct, frozen=True):
    """The runtime said that it cannot load the function."""

    payload: bytes
    error_type: str


class Exit(msgspec.Struct, frozen=True):
    """The runtime process ended; ``status`` is as os.waitpid gives it."""

    status: int


class Late(msgspec.Struct, frozen=True):
    """The time was up."""


Step = Next | Answer | InitError | Exit | Late
_NEXT: Final = Next()
_LATE: Final = Late()


class Runtime:
    """Starts the runtime in a sandbox, sends it events and tells what it does.

    ``on_idle`` is called whenever it waits for an event, ``on_death`` when it ends while nobody waits for a step.
    """

    def __init__(
        self,
        fork: Fork,
        resources: Resources,
        *,
        clock: Clock,
        on_output: Callable[[bytes], None],
        on_idle: Callable[[], None],
        on_death: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._on_idle = on_idle
        self._on_death = on_death
        self._api = RuntimeApi(self)
        self.sandbox = Sandbox(fork, resources, clock=clock, on_output=on_output, on_exit=self._exited)
        self._loop = asyncio.get_running_loop()
        self._step: asyncio.Future[Step] | None = None
        self._exit: Exit | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._undelivered: Callable[[], None] | None = None
        self.sent_ns = 0
        self.step_ns = 0
        self.idle = False
        self.alive = False

    @property
    def api_address(self) -> str:
        """host:port of the Runtime API."""
        return self._api.address

    async def open(self, create: Callable[[Sandbox], Awaitable[None]]) -> None:
        """Listen, and have the sandbox created."""
        await self._api.start()
        await create(self.sandbox)

    async def start(self, argv: list[str], variables: Mapping[str, str], *, folder: str) -> int:
        """Start the process; the time (Clock.ticks_ns) just before it was executed."""
        self.alive, self._exit = True, None
        return await self.sandbox.start_runtime(argv, variables, folder=folder)

    async def next_step(self, timeout_s: float) -> Step:
        """Wait for what the runtime does next; at once when it is idle or has ended."""
        if self.idle:
            return _NEXT
        if self._exit is not None:
            return self._exit
        return await self._expect(timeout_s)

    def send(self, request_id: str, *, head: bytes, payload: bytes, timeout_s: float) -> asyncio.Future[Step]:
        """Send an event, at once or as soon as the runtime is idle (``sent_ns``); what it does with it."""
        self.sent_ns = self._clock.ticks_ns()
        answer = self._expect(timeout_s)
        if self._exit is not None:
            self._happened(self._exit)
        elif self.idle:
            self._deliver(request_id, head=head, payload=payload)
        else:
            self._undelivered = partial(self._deliver, request_id, head=head, payload=payload)
        return answer

    def _deliver(self, request_id: str, *, head: bytes, payload: bytes) -> None:
        self.idle, self._undelivered = False, None
        self.sent_ns = self._clock.ticks_ns()
        self._api.deliver(request_id, head=head, payload=payload)

    async def kill(self) -> None:
        """End the process and all it started; it can be started again."""
        self.alive, self.idle, self._undelivered = False, False, None
        await self.sandbox.kill()
        self._api.forget_runtime()

    async def shut_down(self, timeout_s: float) -> None:
        """Send SIGTERM and wait for the end of the process, or for ``timeout_s``."""
        if self.alive:
            ended = self._expect(timeout_s)
            self.sandbox.terminate_runtime()
            await ended

    async def close(self) -> None:
        """End everything."""
        if self._timer is not None:
            self._timer.cancel()
        await self.sandbox.close()
        await self._api.close()

    def on_next(self) -> None:
        """See RuntimeListener."""
        if self._undelivered is not None:
            self._undelivered()
            return
        self.idle = True
        self._on_idle()
        self._happened(_NEXT)

    def on_answer(self, answer: Answer) -> None:
        """See RuntimeListener."""
        self._happened(answer)

    def on_init_error(self, payload: bytes, error_type: str) -> None:
        """See RuntimeListener."""
        self._happened(InitError(payload, error_type))

    def _exited(self, status: int) -> None:
        if not self.alive:  # it was killed by us
            return
        self.alive, self.idle = False, False
        self._exit = Exit(status)
        if self._step is None or self._step.done():
            self._api.forget_runtime()
            self._on_death()
        self._happened(self._exit)

    def _happened(self, step: Step) -> None:
        self.step_ns = self._clock.ticks_ns()
        if self._step is not None and not self._step.done():
            self._step.set_result(step)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _expect(self, timeout_s: float) -> asyncio.Future[Step]:
        future: asyncio.Future[Step] = self._loop.create_future()
        self._step = future
        self._timer = self._loop.call_later(max(0.0, timeout_s), self._happened, _LATE)
        return future
