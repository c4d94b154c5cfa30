"""What pairs of environments show: a gain beyond noise, a loss, or neither."""

import pytest

from headstart.measure import paired
from headstart.testing import init_report, report


def environments(cold_ms: list[float], warm_ms: list[float], *, cpu_ms: float | None = None):
    """For each a cold invocation of no duration after an init of ``cold_ms``, and two warm ones."""
    found = []
    for number, (init_ms, took_ms) in enumerate(zip(cold_ms, warm_ms, strict=True)):
        init = init_report(0.0, init_ms, cpu_ms=init_ms if cpu_ms is None else cpu_ms)
        found.append(report(0.0, init=init, environment_id=str(number), cpu_ms=0.0))
        for add_ms in (0.0, 2.0):
            spent_ms = took_ms if cpu_ms is None else cpu_ms
            found.append(report(took_ms + add_ms, environment_id=str(number), cpu_ms=spent_ms))
    return found


def test_figures_are_compared_pair_by_pair():
    old = environments([100, 300, 200, 100, 300, 200], [10, 30, 20, 10, 30, 20])
    new = environments([90, 290, 190, 90, 290, 190], [10, 30, 20, 10, 30, 20])
    cold, _, warm, _ = paired.gains(old, new)
    assert (cold.name, cold.n, cold.old, cold.new) == (paired.COLD, 6, 200, 190)
    assert (cold.saved, cold.low, cold.high) == (10, 10, 10)
    assert (warm.name, warm.old, warm.saved) == (paired.WARM, 21, 0)
    assert paired.saves(paired.gains(old, new), paired.COLD) is True
    assert paired.saves(paired.gains(new, old), paired.COLD) is False
    assert paired.saves(paired.gains(old, new), paired.WARM) is None


@pytest.mark.parametrize(
    ("new_ms", "cpu_ms", "expected"),
    [
        ([90, 110, 90, 90, 110, 90], 100, None),  # more often faster, but not always
        ([90, 110, 90, 90, 110, 90], 80, True),  # and less CPU time
        ([110, 90, 110, 110, 90, 110], 80, None),  # slower, with less CPU time
        ([110, 90, 110, 110, 90, 110], 120, False),
        ([99] * 6, 100, None),  # always faster, by what counts as the same
    ],
)
def test_cpu_time_tells_where_time_does_not(new_ms, cpu_ms, expected):
    old = environments([100] * 6, [10] * 6, cpu_ms=100)
    new = environments(new_ms, [10] * 6, cpu_ms=cpu_ms)
    assert paired.saves(paired.gains(old, new), paired.COLD) is expected


def test_without_environments_nothing_is_known():
    assert paired.gains([], []) == ()
    assert paired.saves((), paired.COLD) is None
