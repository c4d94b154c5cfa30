"""The life of an execution environment as one table.

Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html (2026-11-23).
"""

from enum import StrEnum
from typing import Final


class Phase(StrEnum):
    """Where an execution environment is in its life."""

    NEW = "new"
    INIT = "init"
    READY = "ready"
    INVOKE = "invoke"
    RESET = "reset"
    SUPPRESSED_INIT = "suppressed-init"
    CLOSED = "closed"


class Signal(StrEnum):
    """What happens to it. FAILED: error, exit, timeout or out of memory, whatever the phase makes of it."""

    START = "start"
    NEXT = "next"
    EVENT = "event"
    ANSWERED = "answered"
    FAILED = "failed"
    CLOSE = "close"


TRANSITIONS: Final = {
    (Phase.NEW, Signal.START): Phase.INIT,
    (Phase.INIT, Signal.NEXT): Phase.READY,
    (Phase.INIT, Signal.FAILED): Phase.RESET,
    (Phase.READY, Signal.EVENT): Phase.INVOKE,
    (Phase.READY, Signal.FAILED): Phase.RESET,
    (Phase.RESET, Signal.EVENT): Phase.SUPPRESSED_INIT,
    (Phase.SUPPRESSED_INIT, Signal.NEXT): Phase.INVOKE,
    (Phase.SUPPRESSED_INIT, Signal.FAILED): Phase.RESET,
    (Phase.INVOKE, Signal.ANSWERED): Phase.READY,
    (Phase.INVOKE, Signal.FAILED): Phase.RESET,
    (Phase.NEW, Signal.CLOSE): Phase.CLOSED,
    (Phase.INIT, Signal.CLOSE): Phase.CLOSED,
    (Phase.READY, Signal.CLOSE): Phase.CLOSED,
    (Phase.INVOKE, Signal.CLOSE): Phase.CLOSED,
    (Phase.RESET, Signal.CLOSE): Phase.CLOSED,
    (Phase.SUPPRESSED_INIT, Signal.CLOSE): Phase.CLOSED,
}


def after(phase: Phase, signal: Signal) -> Phase:
    """The phase that follows.

    Raises:
        KeyError: ``signal`` cannot happen in ``phase``.
    """
    return TRANSITIONS[phase, signal]


def as_diagram() -> str:
    """The table as a Mermaid state diagram, as docs/design.md shows it."""
    rows = [f"    {a.value} --> {b.value}: {signal.value}" for (a, signal), b in TRANSITIONS.items()]
    return "\n".join(["stateDiagram-v2", *rows])
