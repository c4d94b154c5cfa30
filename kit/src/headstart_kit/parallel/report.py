"""What a call of ``parallel_map`` did: how its items really ran, and how fast."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from headstart_kit.parallel.run import Run


class ParallelReport:
    """``kind`` is what ran, ``serial``, ``threads`` or ``processes``, with ``at_once`` items at a time. ``items`` items
    were done in ``wall_ms`` milliseconds; ``probe_items`` of them ran before, to choose that kind."""

    __slots__ = ("at_once", "items", "kind", "probe_items", "wall_ms")

    def __init__(self, ran: tuple[str, int], run: Run, *, wall_ms: float) -> None:
        self.kind, self.at_once = ran
        self.items = len(run.items) - len(run.unfinished)
        self.probe_items = run.probe_items
        self.wall_ms = wall_ms

    @property
    def items_per_s(self) -> float:
        """How many of those items were done in a second."""
        return self.items / self.wall_ms * 1000

    def __repr__(self) -> str:
        return (
            f"ParallelReport(kind={self.kind!r}, at_once={self.at_once}, items={self.items}, "
            f"probe_items={self.probe_items}, wall_ms={self.wall_ms:.1f})"
        )
