"""Where one-time work is best done: init runs at a full vCPU on demand, and nowhere else; the handler never does."""

from decimal import Decimal

import pytest

from headstart.errors import InvalidValueError
from headstart.model.function import InitializationType, MemorySize
from headstart.model.placement import Conditions, Place, Work, best_place, percentile_ms, score
from headstart.model.results import Traffic

ON_DEMAND, PROVISIONED, SNAP_START = InitializationType
INIT, HANDLER = Place


def conditions(memory_mb: int, initialization: InitializationType = ON_DEMAND, **traffic: float) -> Conditions:
    return Conditions(memory=MemorySize(memory_mb), initialization=initialization, traffic=Traffic(**traffic))


@pytest.mark.parametrize(
    ("memory_mb", "initialization", "needed_ratio", "now", "best"),
    [
        # The trap: a full vCPU in init against a fourteenth of one in the handler.
        (128, ON_DEMAND, 1.0, INIT, INIT),
        (128, ON_DEMAND, 1.0, HANDLER, INIT),
        (128, ON_DEMAND, 0.1, INIT, INIT),  # those that need it would wait 14 times as long
        (128, ON_DEMAND, 0.1, HANDLER, HANDLER),  # those that do not would wait too
        (512, ON_DEMAND, 0.6, HANDLER, INIT),
        (1024, ON_DEMAND, 0.55, HANDLER, HANDLER),  # dearer on the whole: 1 against 0.55 / 0.58
        (1024, ON_DEMAND, 0.65, HANDLER, INIT),
        # From a full vCPU on it takes as long in either.
        (1769, ON_DEMAND, 1.0, INIT, INIT),
        (1769, ON_DEMAND, 1.0, HANDLER, HANDLER),
        (10_240, ON_DEMAND, 1.0, HANDLER, HANDLER),
        (1769, ON_DEMAND, 0.1, INIT, HANDLER),
        # Nobody waits for init, but it is paid for.
        (128, PROVISIONED, 1.0, HANDLER, INIT),
        (1769, PROVISIONED, 0.1, INIT, INIT),
        (1769, PROVISIONED, 0.1, HANDLER, INIT),
        # What is in the snapshot costs nothing.
        (1769, SNAP_START, 0.01, HANDLER, INIT),
        (128, SNAP_START, 0.1, INIT, INIT),
        # What no event needed.
        (128, ON_DEMAND, 0.0, INIT, HANDLER),
        (1769, PROVISIONED, 0.0, INIT, HANDLER),
        (128, SNAP_START, 0.0, INIT, HANDLER),
    ],
)
def test_best_place(
    memory_mb: int, initialization: InitializationType, needed_ratio: float, now: Place, best: Place
) -> None:
    assert best_place(Work(100.0, needed_ratio), conditions(memory_mb, initialization), now=now) is best


@pytest.mark.parametrize("initialization", InitializationType)
@pytest.mark.parametrize("memory_mb", [128, 512, 1536, 1769, 10240])
def test_to_defer_what_no_event_uses_and_no_more_is_best_in_every_phase(initialization, memory_mb) -> None:
    """But on demand what 1 % use or fewer, and at a full vCPU what some do not: sooner for those, but late for others,
    in what would have been a warm invocation."""
    conditions = Conditions(memory=MemorySize(memory_mb), initialization=initialization)
    is_exception = initialization is InitializationType.ON_DEMAND and memory_mb >= 1769
    for needed_percent in (0, *range(2, 101)):
        place = best_place(Work(20.0, needed_percent / 100), conditions, now=Place.INIT)
        best = Place.INIT if needed_percent else Place.HANDLER
        assert place is best or (is_exception and needed_percent < 100), needed_percent


def test_a_gain_within_the_error_of_the_law_is_none() -> None:
    work, at = Work(100.0, 1.0), conditions(1700)

    assert score(work, at).in_handler.mean_ms > score(work, at).in_init.mean_ms
    assert best_place(work, at, now=HANDLER) is HANDLER


def test_what_would_be_dearer_stays() -> None:
    """Provisioned environments that live for two invocations: 0.84 of them ever need it, and all would pay."""
    dearer, alike = (conditions(128, PROVISIONED, cold_ratio=cold_ratio) for cold_ratio in (0.5, 0.01))

    assert best_place(Work(100.0, 0.6), dearer, now=HANDLER) is HANDLER
    assert best_place(Work(100.0, 0.6), alike, now=HANDLER) is INIT


def test_work_that_is_used_is_14_times_slower_in_the_handler_at_128_mb() -> None:
    scores = score(Work(100.0, 1.0), conditions(128))

    assert scores.in_init.p50_ms == scores.in_init.p99_ms == scores.in_init.mean_ms == 100
    assert scores.in_handler.p50_ms == scores.in_handler.p99_ms == pytest.approx(100 * 1769 / 128)
    assert scores.in_handler.error_ms == pytest.approx(0.055 * 100 * 1769 / 128)


def test_a_rare_event_waits_alone() -> None:
    scores = score(Work(100.0, 0.05), conditions(512))

    assert scores.in_handler.p50_ms == 0
    assert scores.in_handler.p99_ms == pytest.approx(100 * 1769 / 512)
    assert scores.in_handler.mean_ms == pytest.approx(5 * 1769 / 512)


def test_usd_of_a_month() -> None:
    """10,000 environments, 0.5 GB for 0.1 s each: 500 GB-seconds; in the handler at 0.289 of a vCPU."""
    scores = score(Work(100.0, 1.0), conditions(512))

    assert scores.in_init.usd_month == Decimal(500) * Decimal("0.0000166667")
    assert scores.in_handler.usd_month / scores.in_init.usd_month == pytest.approx(Decimal(1769) / 512)


def test_what_the_first_invocation_does_not_need_a_later_one_may() -> None:
    """Half of the environments live for two invocations or more, so 1 - 0.5 * 0.5 of them need it some time."""
    scores = score(Work(100.0, 0.5), conditions(1769, cold_ratio=0.5))

    assert scores.in_handler.usd_month == scores.in_init.usd_month * Decimal("0.75")


def test_provisioned_and_with_snapstart_nobody_waits_for_init() -> None:
    provisioned, snapshot = (score(Work(100.0, 1.0), conditions(128, kind)) for kind in (PROVISIONED, SNAP_START))

    assert provisioned.in_init.p99_ms == snapshot.in_init.p99_ms == 0
    assert provisioned.in_init.usd_month == provisioned.in_handler.usd_month > 0
    assert snapshot.in_init.usd_month == 0


@pytest.mark.parametrize("needed_ratio", [-0.1, 1.1])
def test_a_share_is_from_0_to_1(needed_ratio: float) -> None:
    with pytest.raises(InvalidValueError, match="needed_ratio"):
        Work(1.0, needed_ratio)


@pytest.mark.parametrize(("percent", "ms"), [(50, 2.0), (80, 2.0), (81, 9.0), (99, 9.0)])
def test_weighted_percentiles(percent: float, ms: float) -> None:
    assert percentile_ms([(9.0, 2.0), (2.0, 8.0), (50.0, 0.0)], percent) == ms


def test_a_percentile_of_nothing_is_0() -> None:
    assert percentile_ms([], 50) == percentile_ms([(3.0, 0.0)], 50) == 0
