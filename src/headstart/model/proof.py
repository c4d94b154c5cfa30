"""What a proof by replay sees of an invocation, and what it says in the end."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

import msgspec

from headstart.model.invocation import Event, InvocationReport


class Verdict(StrEnum):
    """The answer. UNDECIDED: nothing differs, but something could not be seen or is never the same twice."""

    SAME = "same"
    DIFFERENT = "different"
    UNDECIDED = "undecided"


class Side(StrEnum):
    """Which of the two packages."""

    OLD = "old"
    NEW = "new"


class Sent(msgspec.Struct, frozen=True):
    """Bytes sent on one connection; none at all is the connecting itself."""

    connection: str
    to: str
    data: bytes


class Observed(msgspec.Struct, frozen=True, kw_only=True):
    """One invocation with what it did beside answering.

    ``names`` are the values that the lab itself chose, such as the request id, and what to call them. ``files`` are
    those in /tmp with what is in them, None where it cannot be told. ``network`` is what Python code sent, None where
    it was not seen; ``services`` what arrived at the servers that were started. ``unseen`` has a sentence for each
    thing that could not be observed.
    """

    report: InvocationReport
    names: Mapping[str, str] = {}
    files: Mapping[str, str] | None = {}
    network: tuple[Sent, ...] | None = ()
    services: tuple[Sent, ...] = ()
    started: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()


class Observer(Protocol):
    """Invokes one of the two packages and tells what it did."""

    async def observe(self, event: Event, *, fresh: bool) -> Observed:
        """Invoke once; with ``fresh`` in a new execution environment, which later calls then reuse."""
        ...

    async def close(self) -> None:
        """Shut the execution environment down."""
        ...


class SeenServices(Protocol):
    """What arrives at the services that were started, and how to tell it from what is seen in the function."""

    def take(self) -> tuple[Sent, ...]:
        """What clients have sent since this was last asked, in order of arrival."""
        ...

    @property
    def addresses(self) -> frozenset[str]:
        """Where clients find the services, as ``Sent.to`` says it."""
        ...

    @property
    def native_clients(self) -> frozenset[str]:
        """The native modules that are seen at a service, though not in the function."""
        ...


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """One invocation as named values that can be compared. ``replay`` is ``fresh``, ``warm`` or ``any order``, in which
    it is at ``position``."""

    replay: str
    position: int
    event_name: str
    fields: dict[str, str]
    failure: str = ""
    unseen: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Where in the pass it was, in words."""
        return f"{self.replay}, invocation {self.position + 1} ({self.event_name})"


class FieldDifference(msgspec.Struct, frozen=True, kw_only=True):
    """One value that differs; None where a side has no such value."""

    place: str
    field: str
    old: str | None
    new: str | None


class VolatileField(msgspec.Struct, frozen=True, kw_only=True):
    """A value that is not the same in every run of one package, so that it could not be compared.

    ``decides``: it belongs to what the function answers or does, not to how it was sent or logged.
    """

    field: str
    values: tuple[str, ...]
    places: int
    decides: bool


class ProofResult(msgspec.Struct, frozen=True, kw_only=True):
    """What was compared and what came of it.

    ``differences`` are the first ones, in order of the replay; ``differing`` is how many there are. ``failing`` are the
    events that fail in both packages. ``seen_planted``: the parts of the observation in which the planted side effect
    was seen, in this function. ``rounds`` is how often the new package was run through.
    """

    old_name: str
    new_name: str
    verdict: Verdict
    differences: tuple[FieldDifference, ...] = ()
    differing: int = 0
    volatile: tuple[VolatileField, ...] = ()
    unseen: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()
    seen_planted: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    events: int = 0
    invocations: int = 0
    compared: int = 0
    rounds: int = 0
