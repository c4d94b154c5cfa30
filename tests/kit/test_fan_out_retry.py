"""``gather`` tries again what failed for a passing reason."""

import asyncio

import pytest

from headstart_kit.deadline import Deadline
from headstart_kit.fan_out.gathering import gather
from headstart_kit.fan_out.retry import Retries
from headstart_kit.parallel.outcomes import FailedItem

AT_ONCE = Retries(2, first_pause_s=0)


class Flaky:
    """Fails with these errors, one after the other, and then answers."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    async def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


def test_what_failed_for_a_passing_reason_is_tried_again():
    flaky = Flaky(ConnectionResetError(), TimeoutError())
    assert gather([flaky], retries=AT_ONCE) == ["done"]
    assert flaky.calls == 3


def test_a_file_that_is_not_there_is_not_looked_for_again():
    flaky = Flaky(FileNotFoundError())
    [failed] = gather([flaky], retries=AT_ONCE, on_error="keep")
    assert isinstance(failed.error, FileNotFoundError)
    assert flaky.calls == 1


def test_a_try_that_took_too_long_is_tried_again():
    tries = []

    async def slow_at_first() -> str:
        tries.append(True)
        await asyncio.sleep(3600 if len(tries) == 1 else 0)
        return "done"

    assert gather([slow_at_first], timeout_s=0.2, retries=AT_ONCE) == ["done"]


def test_retries_come_to_an_end():
    flaky = Flaky(*[ConnectionResetError(f"try {i}") for i in range(9)])
    with pytest.raises(ConnectionResetError, match="try 2"):
        gather([flaky], retries=AT_ONCE)
    assert flaky.calls == 3


def test_what_will_fail_again_is_not_tried_again():
    flaky = Flaky(ValueError("always"))
    with pytest.raises(ValueError, match="always"):
        gather([flaky], retries=AT_ONCE)
    assert flaky.calls == 1


def test_an_awaitable_cannot_be_tried_again():
    (outcome,) = gather([asyncio.sleep(0)], retries=1, on_error="keep")
    assert isinstance(outcome, FailedItem)
    assert "can be awaited only once: give a function that makes it, or retries=0" in str(outcome.error)


def test_pauses_are_a_share_of_a_limit_that_doubles():
    retries = Retries(9, first_pause_s=0.1, max_pause_s=0.5, chance=lambda: 0.5)
    pauses_s = [retries.pause_s(OSError(), tries=tries) for tries in (1, 2, 3, 4, 9, 10)]
    assert pauses_s == [pytest.approx(0.05), pytest.approx(0.1), pytest.approx(0.2), 0.25, 0.25, None]
    assert Retries(10**6).pause_s(OSError(), tries=10**6) < 2


@pytest.mark.parametrize("on", [KeyError, (KeyError, IndexError), lambda error: error.args == ("k",)])
def test_what_is_tried_again_can_be_said(on):
    retries = Retries(1, on=on)
    assert retries.pause_s(KeyError("k"), tries=1) is not None
    assert retries.pause_s(ConnectionResetError(), tries=1) is None


def test_no_pause_goes_beyond_the_deadline():
    flaky = Flaky(ConnectionResetError("the reason"))
    hour = Retries(1, first_pause_s=3600, max_pause_s=3600, chance=lambda: 1.0)
    with pytest.raises(ConnectionResetError, match="the reason"):
        gather([flaky], retries=hour, deadline=Deadline(5000))
