"""A deadline leaves time for the answer, and is never where nobody set one."""

from types import SimpleNamespace

import pytest

from headstart_kit import deadline
from headstart_kit.deadline import Deadline
from headstart_kit.errors import DeadlineError


class Ticks:
    def __init__(self) -> None:
        self.s = 1000.0

    def __call__(self) -> float:
        return self.s


def test_the_margin_is_kept_for_the_answer():
    ticks = Ticks()
    due = Deadline(3000, margin_ms=200, ticks_s=ticks)
    assert due.remaining_ms == pytest.approx(2800)
    ticks.s += 2.5
    assert due.fits(299)
    assert not due.fits(301)
    ticks.s += 9
    assert due.remaining_ms == 0


def test_check_says_what_there_is_no_time_for():
    ticks = Ticks()
    due = Deadline(500, margin_ms=0, ticks_s=ticks)
    due.check(400)
    with pytest.raises(DeadlineError, match=r"^500 ms are left, too few for the next page$"):
        due.check(501, what="the next page")
    ticks.s += 1
    with pytest.raises(DeadlineError, match=r"^0 ms are left"):
        due.check()


def test_a_timeout_is_a_share_of_what_is_left():
    due = Deadline(1000, margin_ms=0, ticks_s=Ticks())
    assert due.timeout_s(5) == pytest.approx(1)
    assert due.timeout_s(5, share=0.25) == pytest.approx(0.25)
    assert due.timeout_s(0.1) == pytest.approx(0.1)


def test_a_context_tells_the_time_that_is_left():
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: 2000)
    assert 1850 < Deadline.of(context).remaining_ms <= 1900


@pytest.mark.parametrize("context", [None, SimpleNamespace()])
def test_without_a_context_the_deadline_is_never(context: object):
    due = Deadline.of(context)
    due.check(1e12)
    assert due.timeout_s(3) == 3
    assert due.fits(1e12)


def test_a_negative_margin_is_refused():
    with pytest.raises(ValueError, match="margin_ms is -1; allowed: 0 or more"):
        Deadline(100, margin_ms=-1)


def test_one_deadline_is_current():
    due = Deadline(1000)
    before = deadline.begin(due)
    try:
        assert deadline.current() is due
    finally:
        deadline.begin(before)
    assert deadline.current() is before
