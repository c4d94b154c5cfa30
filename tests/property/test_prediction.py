"""Predictions from samples: found again, in their intervals, never slower with memory, and the same each time."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headstart.model.cpu_law import Law, Mechanism
from headstart.tune.prediction import DRAWS, predict, typical_ms

LONG = Law(300.0, 500.0, 1.0)
SHORT = Law(2.0, 17.0, 1.0, mechanism=Mechanism.QUOTA)
SIZES = (128, 512, 1769)
OTHERS = (128, 192, 256, 384, 512, 768, 1024, 1536, 1769, 3008, 10_240)


def sampled(law, *, sizes=SIZES, n=5, spread=0.0, seed=1):
    shuffle = Random(seed)
    return {mb: [law.duration_ms(mb) * shuffle.lognormvariate(0, spread) for _ in range(n)] for mb in sizes}


def predicted(samples, *, parallelism=1.0, cpu_ms=0.0, seed=1):
    return predict(samples, parallelism=parallelism, cpu_ms=cpu_ms, shuffle=Random(seed))


def half(estimate):
    return (estimate.high - estimate.low) / 2 / estimate.value


@settings(max_examples=10, deadline=None)
@given(st.floats(0, 5000), st.floats(200, 5000))
def test_a_noiseless_curve_is_found_again_and_lies_in_the_intervals(io_ms, cpu_ms):
    law = Law(io_ms, cpu_ms, 1.0)
    found = predicted(sampled(law))
    assert found.law.mechanism is Mechanism.SHARE
    for mb in OTHERS:
        estimate = found.estimate(mb)
        assert estimate.value == found.duration_ms(mb) == pytest.approx(law.duration_ms(mb), rel=1e-3)
        assert estimate.low < law.duration_ms(mb) < estimate.high


@settings(max_examples=5, deadline=None)
@given(st.floats(0, 20), st.floats(5, 60))
def test_a_short_function_of_one_thread_follows_the_quota(io_ms, cpu_ms):
    law = Law(io_ms, cpu_ms, 1.0, mechanism=Mechanism.QUOTA)
    found = predicted(sampled(law))
    assert found.law.mechanism is Mechanism.QUOTA
    for mb in SIZES:
        assert found.duration_ms(mb) == pytest.approx(law.duration_ms(mb), rel=1e-6)
    for mb in OTHERS:
        assert found.estimate(mb).low <= law.duration_ms(mb) <= found.estimate(mb).high


@pytest.mark.parametrize(("law", "parallelism"), [(LONG, 1.0), (SHORT, 2.0)], ids=["long", "parallel"])
def test_the_quota_is_not_for_long_or_parallel_work(law, parallelism):
    assert predicted(sampled(law), parallelism=parallelism).law.mechanism is Mechanism.SHARE


@settings(max_examples=10, deadline=None)
@given(st.dictionaries(st.integers(128, 10_240), st.lists(st.just(0.0) | st.floats(0.01, 1e6), max_size=4), max_size=5))
def test_no_samples_are_too_odd(samples):
    for parallelism in (None, 0.0, 3.5):
        found = predicted(samples, parallelism=parallelism, cpu_ms=5.0)
        if not any(typical_ms(durations) > 0 for durations in samples.values() if durations):
            assert found is None
            continue
        for mb in OTHERS:
            estimate = found.estimate(mb)
            assert 0 <= estimate.low <= estimate.value <= estimate.high
        assert all(slower >= faster for slower, faster in pairwise(map(found.law.duration_ms, OTHERS)))


def test_one_size_is_told_apart_by_cpu_time():
    found = predicted({512: [1000.0] * 4}, cpu_ms=100.0)
    assert found.duration_ms(512) == pytest.approx(1000)
    assert found.duration_ms(1769) == pytest.approx(1000 - 100 * 1769 / 512 + 100)
    assert predicted({512: [1000.0] * 4}).duration_ms(1769) == pytest.approx(1000)


@pytest.mark.parametrize("law", [LONG, SHORT], ids=["long", "short"])
def test_intervals_narrow_with_samples_and_widen_with_spread_and_distance(law):
    assert half(predicted(sampled(law, n=2, spread=0.1)).estimate(512)) > half(
        predicted(sampled(law, n=30, spread=0.1)).estimate(512)
    )
    assert half(predicted(sampled(law, spread=0.2)).estimate(1024)) > half(
        predicted(sampled(law, spread=0.01)).estimate(1024)
    )
    steady = predicted(sampled(law, n=30, spread=0.01))
    assert half(steady.estimate(256)) > half(steady.estimate(512))


def test_sizes_on_different_hosts_have_wider_intervals():
    samples = sampled(LONG, n=30, spread=0.01)
    here = predict(samples, parallelism=1.0, cpu_ms=0.0, shuffle=Random(1))
    there = predict(samples, parallelism=1.0, cpu_ms=0.0, shuffle=Random(1), host_spread=0.08)
    for mb in OTHERS:
        assert half(there.estimate(mb)) > 1.5 * half(here.estimate(mb))


def test_nine_of_ten_intervals_hold_what_was_sampled():
    held = [
        found.estimate(mb).low <= LONG.duration_ms(mb) <= found.estimate(mb).high
        for seed in range(15)
        for found in [predicted(sampled(LONG, n=3, spread=0.08, seed=seed))]
        for mb in OTHERS
    ]
    assert sum(held) >= 0.9 * len(held)


def test_an_outlier_moves_little():
    samples = sampled(LONG, n=6)
    samples[512][0] *= 20
    assert predicted(samples).duration_ms(512) == pytest.approx(LONG.duration_ms(512))
    assert predicted(samples).estimate(1024).high < 1.2 * LONG.duration_ms(1024)


def test_where_nothing_shows_parallel_work_the_interval_leaves_it_open():
    unknown = predicted(sampled(LONG, n=30), parallelism=None).estimate(10_240)
    known = predicted(sampled(LONG, n=30), parallelism=1.0).estimate(10_240)
    assert unknown.value == pytest.approx(known.value)
    assert unknown.low < 0.75 * known.low
    seen = predicted(sampled(LONG, sizes=(128, 512, 3008), n=30), parallelism=None).estimate(10_240)
    assert seen.low > 0.9 * known.low


def test_parallel_work_that_still_gains_at_the_largest_size_may_gain_more():
    law = Law(0.0, 5000.0, 6.0)
    found = predicted(sampled(law, sizes=(128, 1024, 3008), n=30), parallelism=None)
    assert 1.7 <= found.law.parallelism <= 2
    assert found.estimate(10_240).low < 1.25 * law.duration_ms(10_240)


def test_the_same_randomness_gives_the_same_draws():
    samples = sampled(LONG, spread=0.05)
    assert predicted(samples, seed=3) == predicted(samples, seed=3)
    assert predicted(samples, seed=3).draws != predicted(samples, seed=4).draws
    assert len(predicted(samples).draws) == DRAWS


@pytest.mark.parametrize(
    ("durations", "typical"),
    [([7.0], 7), ([7.0, 9.0], 8), ([1.0, 2.0, 90.0], 2), ([1.0, 2.0, 4.0, 90.0], 3), ([0.0, *[5.0] * 8, 99.0], 5)],
)
def test_what_is_typical_leaves_out_a_fifth_at_either_end(durations, typical):
    assert typical_ms(durations) == typical
