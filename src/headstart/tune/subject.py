"""What is tuned, and under which conditions: values that the search and its result share."""

import asyncio
from collections.abc import Awaitable, Callable
from enum import IntEnum
from random import Random
from typing import Any

import msgspec

from headstart.model.function import FunctionSpec
from headstart.model.invocation import Event
from headstart.model.journaled import Keep
from headstart.model.progress import Progress
from headstart.model.results import HostFacts, Traffic
from headstart.model.tuning import TuneOptions


class Draw(IntEnum):
    """What chance decides, each by a seed of its own."""

    EVENTS = 0
    DURATIONS = 1
    ORDER_OF_SIZES = 2
    PAUSES = 3


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """When and where a function is tuned.

    ``created`` is ISO 8601; ``source`` the path of its code, or its ARN; ``host`` None on AWS, where invocations are
    paid for. ``keep`` gets each report at once; ``ticks_ns`` is a steady clock; ``randomness`` makes the same choices
    for the same seed. ``aside`` makes a call that blocks while the event loop goes on.
    """

    created: str
    source: str
    host: HostFacts | None
    traffic: Traffic
    progress: Progress
    keep: Keep
    ticks_ns: Callable[[], int]
    randomness: Callable[[int], Random]
    aside: Callable[[Callable[[], Any]], Awaitable[Any]] = asyncio.to_thread


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A function, the events it is tuned for, and how."""

    spec: FunctionSpec
    events: tuple[Event, ...]
    options: TuneOptions
    session: Session

    @property
    def traffic(self) -> Traffic:
        """What it costs money under; where cold starts are tuned, every invocation is one."""
        traffic = self.session.traffic
        return msgspec.structs.replace(traffic, cold_ratio=1.0) if self.options.is_cold else traffic

    @property
    def is_paid(self) -> bool:
        """Whether its invocations cost money."""
        return self.session.host is None
