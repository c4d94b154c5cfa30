"""A leak is told from noise, from jumps and from the filling of caches."""

from random import Random

import pytest

from headstart_kit.growth import Growth


def growth_of(values: list[float]) -> dict[str, float]:
    growth = Growth()
    for value in values:
        growth.add(value)
    slope = growth.slope()
    assert slope is not None
    return slope


def test_it_says_nothing_before_it_can():
    growth = Growth()
    for value in range(5):
        assert growth.slope() is None
        growth.add(value)
    assert growth.slope() is None
    growth.add(5)
    assert growth.slope() == {"median": 1, "low": 1, "high": 1}
    assert growth.count == 6


def test_a_leak_under_noise_is_seen():
    random = Random(1)
    slope = growth_of([1000 + 3 * i + random.gauss(0, 20) for i in range(400)])
    assert 2.5 < slope["median"] < 3.5
    assert slope["low"] > 0


def test_noise_alone_is_no_leak():
    for seed in range(20):
        random = Random(seed)
        slope = growth_of([1000 + random.gauss(0, 20) for _ in range(100)])
        assert slope["low"] < 0.5
        assert abs(slope["median"]) < 0.5


def test_caches_that_fill_at_first_are_no_leak():
    slope = growth_of([min(i, 20) * 500.0 for i in range(200)])
    assert slope["median"] == 0


def test_one_jump_does_not_bend_the_slope():
    assert growth_of([i * 2.0 + (100_000 if i == 50 else 0) for i in range(100)])["median"] == pytest.approx(2)


def test_a_long_life_takes_bounded_memory_and_keeps_its_whole_length():
    growth = Growth()
    for i in range(100_000):
        growth.add(i * 0.5)
    assert len(growth._samples) < 60
    assert growth._samples[0][0] == 0
    assert growth._samples[-1][0] > 90_000
    assert growth.slope()["median"] == pytest.approx(0.5)
