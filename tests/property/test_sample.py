"""Statistics against what is known of them: order, coverage, exact lines."""

import math
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.model.caveats import CaveatCode
from headstart.model.sample import doubts, median, percentile, slope, summarize, t_95

VALUES = st.lists(st.floats(0, 1e6), min_size=1, max_size=60)


@given(VALUES)
def test_a_summary_is_ordered_and_agrees_with_the_standard_library(values):
    summary = summarize(values)
    assert summary.low <= summary.median_low <= summary.median <= summary.median_high <= summary.high
    assert summary.median <= summary.p90 <= summary.p99 <= summary.high
    assert summary.median == pytest.approx(statistics.median(values))


@given(VALUES, st.randoms())
def test_the_order_of_runs_does_not_matter(values, shuffle):
    shuffled = list(values)
    shuffle.shuffle(shuffled)
    assert summarize(shuffled) == summarize(values)


@given(VALUES, st.floats(0.1, 100))
def test_at_least_that_percent_are_at_or_below_a_percentile(values, percent):
    at = percentile(values, percent)
    assert at in values
    assert sum(value <= at for value in values) >= percent / 100 * len(values) - 1e-9


@pytest.mark.parametrize("n", [6, 8, 10, 16, 17, 25, 60, 100, 301])
def test_the_interval_of_the_median_covers_95_percent_of_the_time(n):
    summary = summarize(range(n))
    low, high = int(summary.median_low), int(summary.median_high)
    coverage = sum(math.comb(n, k) for k in range(low + 1, high + 1)) / 2**n
    assert coverage >= 0.95
    narrower = sum(math.comb(n, k) for k in range(low + 3, high - 1)) / 2**n
    assert narrower < 0.95


def test_ranks_of_the_textbook_table():
    summary = summarize(range(1, 11))
    assert (summary.median_low, summary.median_high) == (2, 9)


def test_nothing_measured_is_a_summary_of_nothing():
    assert summarize([]).n == 0
    assert [caveat.code for caveat in doubts(summarize([]), what="x")] == [CaveatCode.TOO_FEW_RUNS]


def test_a_wide_spread_is_doubted_with_its_figure():
    (wide,) = doubts(summarize([10.0] * 10 + [40.0] * 3), what="init")
    assert wide.code is CaveatCode.WIDE_SPREAD
    assert "4.0 x" in wide.detail


@given(st.floats(-5, 5), st.floats(-100, 100), st.integers(3, 50))
def test_the_slope_of_a_line_is_exact(gradient, start, n):
    found, low, high = slope([start + gradient * step for step in range(n)])
    assert found == pytest.approx(gradient, abs=1e-9)
    assert low - 1e-9 <= found <= high + 1e-9
    assert high - low < 1e-6


@given(st.lists(st.floats(0, 1000), min_size=3, max_size=40))
def test_the_slope_agrees_with_the_standard_library(values):
    expected = statistics.linear_regression(range(len(values)), values).slope
    found, low, high = slope(values)
    assert found == pytest.approx(expected, abs=1e-6)
    assert low <= found <= high


def test_the_interval_of_the_slope_holds_the_truth_95_times_in_100():
    noise = random.Random(7)
    held = 0
    for _ in range(2000):
        _, low, high = slope([0.3 * step + noise.gauss(0, 1) for step in range(8)])
        held += low <= 0.3 <= high
    assert 0.93 < held / 2000 < 0.97


@pytest.mark.parametrize(
    ("freedom", "t"), [(1, 12.706), (2, 4.303), (3, 3.182), (6, 2.447), (28, 2.048), (10**6, 1.96)]
)
def test_students_t_is_that_of_the_tables(freedom, t):
    assert t_95(freedom) == pytest.approx(t, rel=0.01)


@given(VALUES)
def test_the_median_halves_the_sample(values):
    middle = median(values)
    assert sum(value <= middle for value in values) >= len(values) / 2
    assert sum(value >= middle for value in values) >= len(values) / 2
