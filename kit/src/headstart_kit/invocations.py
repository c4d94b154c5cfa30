"""What is known of the invocation in progress."""

from __future__ import annotations

import logging
import os

from headstart_kit import clock, deadline, environment, trace_ids
from headstart_kit.deadline import MARGIN_MS, Deadline
from headstart_kit.trace_ids import TraceIds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Invocation:
    """The facts of one invocation. Outside of ``@handler`` there is one with number 0, no request id and no deadline.

    ``cold_start``: the caller waited for init; never so where Lambda had made the environment ahead (provisioned
    concurrency, SnapStart, Managed Instances). ``initialization_type``: Lambda's word for that. ``number``: 1 for the
    environment's first. ``init_ms``: from the start of Lambda's runtime client until the handler was there.
    ``idle_ms``: from then, or from the end of the invocation before, until this one. ``trace``: the trace that it
    belongs to; None where Lambda gave none.
    """

    __slots__ = (
        "_before",
        "_began_s",
        "_ticks_s",
        "cold_start",
        "deadline",
        "event",
        "idle_ms",
        "init_ms",
        "initialization_type",
        "number",
        "request_id",
        "trace",
    )

    def __init__(
        self,
        event: Any = None,
        context: Any = None,
        *,
        number: int = 0,
        margin_ms: float = MARGIN_MS,
        ticks_s: Callable[[], float] = clock.ticks_s,
    ) -> None:
        self.event = event
        self.request_id: str | None = getattr(context, "aws_request_id", None)
        self.number = number
        self.initialization_type = environment.initialization_type()
        self.cold_start = number == 1 and self.initialization_type == "on-demand"
        self.deadline = Deadline.of(context, margin_ms=margin_ms)
        self.init_ms = _environment.init_ms
        # The wall clock: the other may stand still while the environment is frozen.
        self.idle_ms = max(0.0, (clock.now_s() - _environment.idle_since_s) * 1000.0)
        self._ticks_s = ticks_s
        self._began_s = ticks_s()
        self.trace: TraceIds | None = trace_ids.from_xray(os.environ.get("_X_AMZN_TRACE_ID"))

    @property
    def handler_ms(self) -> float:
        """Milliseconds that the handler has run so far."""
        return (self._ticks_s() - self._began_s) * 1000.0

    def __enter__(self) -> Invocation:
        """Make this invocation and its deadline the current ones. An environment handles one event at a time, so they
        are so for all threads."""
        self._before = _environment.current, deadline.begin(self.deadline)
        _environment.current = self
        return self

    def __exit__(self, *error: object) -> None:
        """Do what is done once at the end of each invocation, and make those before it current again."""
        try:
            for finish in _environment.finishers:
                finish()
        finally:
            _environment.current, deadline_before = self._before
            deadline.begin(deadline_before)
            _environment.idle_since_s = clock.now_s()

    def __repr__(self) -> str:
        return f"Invocation(number={self.number}, request_id={self.request_id!r}, cold_start={self.cold_start})"


class _Environment:
    """What outlives an invocation."""

    __slots__ = ("current", "finishers", "idle_since_s", "init_ms")
    current: Invocation

    def __init__(self) -> None:
        self.init_ms = 0.0
        self.idle_since_s = clock.now_s()
        self.finishers: list[Callable[[], object]] = []


_environment = _Environment()
_environment.current = Invocation()


def invocation() -> Invocation:
    """The invocation in progress."""
    return _environment.current


def at_end(finish: Callable[[], object]) -> None:
    """Have ``finish`` called at the end of each invocation, whether it fails or not."""
    _environment.finishers.append(finish)


def handler_is_there() -> None:
    """Note that init has come as far as the handler; what the module does after it is not seen."""
    # Loading logging is among the first things that the runtime client does. The start of the process is no better
    # mark: it may have waited, forked ahead, for long.
    _environment.init_ms = logging.makeLogRecord({}).relativeCreated
    _environment.idle_since_s = clock.now_s()
