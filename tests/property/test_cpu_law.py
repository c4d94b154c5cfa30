"""The law of duration over memory: found again from its own points, and choosing sizes that can run."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.model.cpu_law import Law, Mechanism, closest, fit, four_sizes, required_mb, speed, throttled
from headstart.model.function import MemorySize

SIZES = st.lists(st.integers(128, 1769), min_size=3, max_size=6, unique=True)


@given(st.floats(0, 500), st.floats(1, 500), SIZES)
def test_a_law_is_found_again_from_its_points(io_ms, cpu_ms, sizes):
    law = Law(io_ms, cpu_ms, 1.0)
    found = fit({mb: law.duration_ms(mb) for mb in sizes}, parallelism=1.0, cpu_ms=0.0)
    for mb in sizes:
        assert found.duration_ms(mb) == pytest.approx(law.duration_ms(mb), rel=1e-3)
    assert found.io_ms >= 0
    assert found.cpu_ms >= 0


@given(st.dictionaries(st.integers(128, 10_240), st.floats(0.1, 1e5), min_size=1, max_size=5), st.floats(0, 6))
def test_any_points_give_a_law_that_never_slows_with_memory(measured_ms, parallelism):
    law = fit(measured_ms, parallelism=parallelism, cpu_ms=5.0)
    assert law.io_ms >= 0
    assert law.cpu_ms >= 0
    assert law.error_ratio >= 0
    durations = [law.duration_ms(mb) for mb in (128, 512, 1769, 3009, 10_240)]
    assert all(slower >= faster for slower, faster in pairwise(durations))


@given(st.floats(0, 500), st.floats(1, 500), st.sampled_from([0.8, 1.2, 1.6, 2.0]), SIZES)
def test_a_steeper_law_is_nearly_found_too(io_ms, cpu_ms, exponent, sizes):
    law = Law(io_ms, cpu_ms, 1.0, exponent)
    found = fit({mb: law.duration_ms(mb) for mb in sizes}, parallelism=1.0, cpu_ms=0.0)
    for mb in sizes:
        assert found.duration_ms(mb) == pytest.approx(law.duration_ms(mb), rel=0.05)


def test_noise_asks_for_more_before_a_law_is_steep():
    measured_ms = {mb: Law(15.0, 20.0, 1.0, 1.6).duration_ms(mb) for mb in (128, 512, 1769)}
    shapes = [closest(measured_ms, parallelism=1.0, cpu_ms=0.0, noise=noise).exponent for noise in (0.0, 0.01, 1.0)]
    assert shapes[0] > shapes[1] >= shapes[2] == 1.0


@given(st.floats(10, 500), st.sampled_from([1.0, 1.5, 2.0, 3.0, 4.0, 6.0]))
def test_parallelism_is_judged_by_sizes_above_one_vcpu(cpu_ms, parallelism):
    law = Law(0.0, cpu_ms, parallelism)
    measured_ms = {mb: law.duration_ms(mb) for mb in (128, 1024, 10_240)}
    found = closest(measured_ms, parallelism=None, cpu_ms=0.0)
    assert speed(10_240, found.parallelism) == pytest.approx(speed(10_240, parallelism))
    for mb in (512, 1769, 3008, 5308):
        assert found.duration_ms(mb) == pytest.approx(law.duration_ms(mb), rel=0.02)


def test_parallelism_is_one_where_no_size_can_show_it():
    law = Law(5.0, 100.0, 6.0)
    found = closest({mb: law.duration_ms(mb) for mb in (128, 512, 1769)}, parallelism=None, cpu_ms=0.0)
    assert found.parallelism == 1.0


@given(st.floats(0, 50), st.floats(2, 90), SIZES)
def test_the_quota_is_found_again_from_its_points(io_ms, cpu_ms, sizes):
    law = Law(io_ms, cpu_ms, 1.0, mechanism=Mechanism.QUOTA)
    found = throttled({mb: law.duration_ms(mb) for mb in [*sizes, 1769, 3008]})
    assert found.mechanism is Mechanism.QUOTA
    for mb in (1769, 3008):
        assert found.duration_ms(mb) == pytest.approx(law.duration_ms(mb), rel=0.05)


def test_one_size_is_split_by_the_cpu_time_measured():
    law = fit({512: 100.0}, parallelism=1.0, cpu_ms=10.0)
    assert law.duration_ms(512) == pytest.approx(100.0)
    assert law.io_ms == pytest.approx(100 - 10 * 1769 / 512)


def test_nothing_measured_is_no_law():
    assert fit({}, parallelism=1.0, cpu_ms=1.0) is None


def test_a_single_thread_gains_nothing_above_one_vcpu_and_two_do():
    assert speed(1769, 0.3) == speed(10_240, 1.0) == 1.0
    assert speed(3538, 2.0) == pytest.approx(2.0)
    assert speed(3008, 6.0) == pytest.approx(3008 / 1769)


@given(st.integers(128, 10_240), st.floats(10, 9000))
def test_sizes_have_the_configured_one_and_memory_enough(configured_mb, used_mb):
    sizes = [size.mb for size in four_sizes(MemorySize(configured_mb), used_mb)]
    assert configured_mb in sizes
    assert sizes == sorted(set(sizes))
    assert len(sizes) <= 4
    assert all(mb >= required_mb(used_mb) for mb in sizes if mb != configured_mb)


@pytest.mark.parametrize(
    ("configured_mb", "used_mb", "sizes"),
    [
        (128, 40, [128, 256, 512, 1769]),
        (512, 90, [128, 256, 512, 1769]),
        (1769, 300, [512, 1024, 1769, 3008]),
        (10_240, 9_900, [10_240]),
    ],
)
def test_sizes_spread_over_what_is_open(configured_mb, used_mb, sizes):
    assert [size.mb for size in four_sizes(MemorySize(configured_mb), used_mb)] == sizes
