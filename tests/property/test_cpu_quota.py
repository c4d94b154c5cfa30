"""Durations under the CPU quota: bounds that hold for any amount of CPU, and what was seen on AWS."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.errors import InvalidValueError
from headstart.model import cpu_quota

CPU_MS = st.floats(0, 2000)
MB = st.integers(128, 1768)
BEGINS_MS = st.floats(0, 19.9)


@given(CPU_MS, st.integers(1769, 10_240))
def test_a_full_vcpu_is_never_throttled(cpu_ms, mb):
    assert cpu_quota.duration_ms(cpu_ms, mb) == pytest.approx(cpu_ms)


@given(CPU_MS, MB)
def test_no_work_is_farther_than_little_over_a_period_from_its_share(cpu_ms, mb):
    duration_ms = cpu_quota.duration_ms(cpu_ms, mb)
    assert duration_ms >= cpu_ms
    assert duration_ms == pytest.approx(cpu_ms * 1769 / mb, abs=1.1 * cpu_quota.PERIOD_MS)


@given(CPU_MS, CPU_MS, MB, BEGINS_MS)
def test_more_cpu_takes_longer(cpu_ms, more_ms, mb, begins_ms):
    for begins in (None, begins_ms):
        once = cpu_quota.duration_ms(cpu_ms, mb, begins_ms=begins)
        assert cpu_quota.duration_ms(cpu_ms + more_ms, mb, begins_ms=begins) >= once + more_ms - 1e-6


@given(CPU_MS, MB, st.integers(0, 1000))
def test_more_memory_is_never_slower(cpu_ms, mb, more_mb):
    assert cpu_quota.duration_ms(cpu_ms, mb + more_mb) <= cpu_quota.duration_ms(cpu_ms, mb) * (1 + 1e-9)


@given(st.floats(0, 100), MB)
def test_by_default_it_is_the_mean_over_the_moments_of_a_period(cpu_ms, mb):
    moments = [cpu_quota.duration_ms(cpu_ms, mb, begins_ms=step / 2 + 0.25) for step in range(40)]
    assert cpu_quota.duration_ms(cpu_ms, mb) == pytest.approx(sum(moments) / len(moments))


@given(MB)
def test_the_table_for_fits_has_the_same_durations(mb):
    table = dict(zip(cpu_quota.CPU_MS, cpu_quota.durations_ms(mb), strict=True))
    assert all(table[cpu_ms] == cpu_quota.duration_ms(cpu_ms, mb) for cpu_ms in cpu_quota.CPU_MS[::40])


def test_at_128_mb_bursts_of_4_ms_wait_36_or_56_ms_as_was_measured_on_aws():
    # Just before and after each tick of one long invocation, that begins with a period.
    waits_ms = []
    for cpu_ms in range(8, 120, 4):
        before, after = (cpu_quota.duration_ms(cpu_ms + moment_ms, 128, begins_ms=0.0) for moment_ms in (-0.01, 0.01))
        waits_ms.append(round(after - before))
    assert set(waits_ms) == {36, 56}
    assert waits_ms.count(56) > waits_ms.count(36)


@pytest.mark.parametrize(("mb", "aws_ms"), [(128, 223.0), (257, 101.0), (514, 41.5), (885, 21.4), (1460, 17.7)])
def test_the_function_of_17_ms_is_nearer_to_aws_than_by_proportion(mb, aws_ms):
    def error(ms):
        return abs(ms / aws_ms - 1)

    assert error(cpu_quota.duration_ms(17.3, mb)) < max(0.15, error(17.3 * 1769 / mb) / 2)


def test_it_is_only_asked_for_sizes_there_are():
    with pytest.raises(InvalidValueError, match="128"):
        cpu_quota.duration_ms(10.0, 64)
