"""Two packages of a function side by side, and where each millisecond between them went."""

from decimal import Decimal

import msgspec

from headstart.model.caveats import Caveat
from headstart.model.sample import Summary


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of two results. ``verdict``: ``better``, ``worse``, or ``same`` (the intervals overlap, or within
    2 %). ``ratio`` = new / old. ``of_old`` and ``of_new`` are the samples, where the figure is the median of one."""

    name: str
    unit: str
    old: float
    new: float
    ratio: float
    verdict: str
    of_old: Summary | None = None
    of_new: Summary | None = None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One package on the way from the old one to the new one, each with one thing more than that before it.

    ``init`` and ``first_answer`` (init and first invocation) are in ms. ``saves`` is by how many ms it answers sooner
    than the one before, ``saves_cpu`` how many ms of CPU time that takes less, in pairs of runs made in turn; None for
    the first.
    """

    name: str
    init: Summary
    first_answer: Summary
    saves: Summary | None = None
    saves_cpu: Summary | None = None


class CostAt(msgspec.Struct, frozen=True, kw_only=True):
    """USD per million invocations of which the share ``cold_ratio`` are cold starts."""

    cold_ratio: float
    old_usd: Decimal
    new_usd: Decimal


class ComparisonResult(msgspec.Struct, frozen=True, kw_only=True):
    """Two results side by side. ``interleaved``: both packages were run in turn in one session, so drift of the
    host favours neither.

    ``speedup`` is how many times as fast the new one answers first, in pairs of such runs: old / new. ``steps`` lead
    from the old package to a bundle of it.
    """

    old_name: str
    new_name: str
    interleaved: bool
    differences: tuple[Difference, ...]
    verdict: str
    memory_size_mb: int = 0
    speedup: Summary | None = None
    steps: tuple[Step, ...] = ()
    costs: tuple[CostAt, ...] = ()
    caveats: tuple[Caveat, ...] = ()
