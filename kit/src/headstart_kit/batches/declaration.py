"""What is done to records, said once: for one function, for a Distributed Map, for a durable function."""

from __future__ import annotations

from headstart_kit.batches.options import StreamOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    from headstart_kit.batches.protocols import Record, Sink, Source

    Target: TypeAlias = Sink | Callable[[list[Record]], object]


class Batch:
    """The records of ``source``, each through ``transform``, into ``sink``; what fails into ``dead_letters``.

    The transform takes a record and returns one, or None to drop it, or raises to reject it. A sink is an ``S3Upload``,
    a ``LinesFile``, a function that takes a list of records, or None: then records are only counted. Rejects are what
    ``Reject.as_record`` says. Without ``dead_letters`` the first reject ends the run with a RecordError.
    """

    __slots__ = ("dead_letters", "options", "sink", "source", "transform")

    def __init__(
        self,
        source: Source,
        transform: Callable[[Any], Any],
        *,
        sink: Target | None = None,
        dead_letters: Target | None = None,
        options: StreamOptions | None = None,
    ) -> None:
        self.source = source
        self.transform = transform
        self.sink = sink
        self.dead_letters = dead_letters
        self.options = options or StreamOptions()

    def over(self, source: Source, *, part: str) -> Batch:
        """The same over a part of the records, into a part of the result that is named ``part``."""
        return Batch(
            source,
            self.transform,
            sink=_part_of(self.sink, part),
            dead_letters=_part_of(self.dead_letters, part),
            options=self.options,
        )


def _part_of(target: Target | None, name: str) -> Target | None:
    return target if target is None or callable(target) else target.part(name)
