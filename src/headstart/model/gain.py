"""What a rewritten function gains, measured in pairs."""

import msgspec


class Gain(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of ``n`` pairs of cold starts taken in turn: medians without and with what was rewritten.

    ``saved`` is the median of the pairs' differences, with its 95 % interval from ``low`` to ``high``.
    """

    name: str
    unit: str
    n: int
    old: float
    new: float
    saved: float
    low: float
    high: float
