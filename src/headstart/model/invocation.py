"""What goes into an invocation and what comes out of it: events, outcomes, reports, and who can invoke."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Protocol

import msgspec

from headstart.model.caveats import Caveat
from headstart.model.function import FunctionSpec, MemorySize


class Event(msgspec.Struct, frozen=True):
    """One event: the bytes that the handler receives as JSON. ``weight`` is its share of the traffic."""

    payload: bytes
    name: str = "event"
    weight: float = 1.0
    client_context: str | None = None


class Succeeded(msgspec.Struct, frozen=True, tag="succeeded"):
    """The handler returned; ``payload`` is what it returned, as the runtime sent it."""

    payload: bytes
    streamed: bool = False


class FunctionError(msgspec.Struct, frozen=True, tag="function_error"):
    """The handler raised, or could not be loaded, and the runtime said so. ``payload`` is the runtime's error JSON."""

    payload: bytes
    error_type: str
    message: str


class RuntimeExited(msgspec.Struct, frozen=True, tag="runtime_exited"):
    """The runtime process ended during the invocation (``Runtime.ExitError``). ``reason`` is e.g. ``exit status 1``."""

    payload: bytes
    reason: str
    error_type: str = "Runtime.ExitError"


class TimedOut(msgspec.Struct, frozen=True, tag="timed_out"):
    """The invocation reached the function's timeout (``Sandbox.Timedout``)."""

    payload: bytes
    timeout_s: int
    error_type: str = "Sandbox.Timedout"


class OutOfMemory(msgspec.Struct, frozen=True, tag="out_of_memory"):
    """The environment reached its memory size and was killed (``Runtime.OutOfMemory``)."""

    payload: bytes
    memory_mb: int
    reason: str = "Runtime exited with error: signal: killed"
    error_type: str = "Runtime.OutOfMemory"


class ResponseTooLarge(msgspec.Struct, frozen=True, tag="response_too_large"):
    """The response exceeded 6 MB (``Function.ResponseSizeTooLarge``)."""

    payload: bytes
    response_bytes: int
    error_type: str = "Function.ResponseSizeTooLarge"


Outcome = Succeeded | FunctionError | RuntimeExited | TimedOut | OutOfMemory | ResponseTooLarge


class InitStatus(StrEnum):
    """How the init phase ended, in the words of INIT_REPORT."""

    SUCCESS = "success"
    ERROR = "error"
    TIMEOUT = "timeout"


class InitReport(msgspec.Struct, frozen=True, kw_only=True):
    """One init phase, split. ``init_ms`` (Lambda's Init Duration) = ``boot_ms`` + ``function_ms``.

    ``creation_ms``: from the decision to create the environment to the start of the runtime process (ours, not
    Lambda's). ``boot_ms``: interpreter and runtime client. ``function_ms``: the function's own modules. Where the
    runtime gives no marker (custom runtime, or it died first) ``function_ms`` holds all of ``init_ms``.
    ``suppressed``: run inside an invocation, after a failed init or a reset. ``memory_mb``: what was resident when the
    runtime asked for its first event; 0 when it never did.
    """

    status: InitStatus
    creation_ms: float
    boot_ms: float
    function_ms: float
    cpu_ms: float
    peak_memory_mb: float
    error_type: str | None = None
    suppressed: bool = False
    memory_mb: float = 0.0

    @property
    def init_ms(self) -> float:
        """Lambda's Init Duration, ms."""
        return self.boot_ms + self.function_ms


class LogLine(msgspec.Struct, frozen=True):
    """One log event. ``time_s``: Unix time. ``source``: ``platform`` or ``function``."""

    time_s: float
    text: str
    source: str = "function"


class InvocationReport(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of one invocation; ``log`` has the lines in order, platform lines included.

    ``duration_ms`` is Lambda's Duration; ``init`` is set when an init phase was part of this invocation's wait.
    ``cpu_ms`` is CPU time of the whole process tree during the invoke phase, 0 where it is unknown (on AWS);
    ``throttled_ms`` the time it was held back by its CPU share; ``max_memory_mb`` the peak of the environment so far;
    ``memory_mb`` its resident memory when the response was there (on AWS ``max_memory_mb`` again). ``started_s`` is
    Unix time.
    """

    request_id: str
    environment_id: str
    event_name: str
    outcome: Outcome
    started_s: float
    duration_ms: float
    billed_ms: int
    memory_size_mb: int
    max_memory_mb: float
    memory_mb: float
    cpu_ms: float
    throttled_ms: float = 0.0
    init: InitReport | None = None
    log: tuple[LogLine, ...] = ()
    caveats: tuple[Caveat, ...] = ()

    @property
    def cold(self) -> bool:
        """Whether an init phase was part of this invocation's wait."""
        return self.init is not None

    @property
    def succeeded(self) -> bool:
        """Whether the handler returned a response."""
        return isinstance(self.outcome, Succeeded)

    @property
    def parallelism(self) -> float:
        """CPU time over the time that the function was allowed to run, at most the vCPUs it sees."""
        vcpus = MemorySize(self.memory_size_mb).visible_vcpus
        # The kernel adds up throttled time over CPUs, so it can exceed the wall time of parallel work.
        allowed_ms = max(self.duration_ms - self.throttled_ms, self.cpu_ms / vcpus)
        return self.cpu_ms / allowed_ms if allowed_ms > 0 else 0.0


class Invoker(Protocol):
    """Invokes one function: locally, on AWS, or from a script of numbers."""

    @property
    def spec(self) -> FunctionSpec:
        """The function that is invoked."""
        ...

    async def invoke(self, event: Event, *, fresh: bool = False) -> InvocationReport:
        """Invoke once; with ``fresh`` in a new execution environment, which later calls then reuse."""
        ...

    def at_memory(self, memory: MemorySize) -> "Invoker":
        """The same function at another memory size, with environments of its own."""
        ...

    async def close(self) -> None:
        """Shut down every environment of this invoker."""
        ...


class Profiler(Protocol):
    """Runs a function with a probe inside it, apart from timed runs."""

    async def profile(self, probe: str, events: Sequence[Event]) -> dict[str, Any]:
        """Start a fresh environment with the guest module ``probe`` loaded first, send ``events`` in order, and
        return the last record that the probe emitted (see ``engine/guest/PROBE.py``)."""
        ...
