"""``gather``: order, limit, errors by index, the deadline, and nothing left behind."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from functools import partial

import pytest

from headstart_kit import deadline as deadlines
from headstart_kit.deadline import Deadline
from headstart_kit.errors import DeadlineError, ItemError
from headstart_kit.fan_out.gathering import gather, gather_async
from headstart_kit.parallel.outcomes import FailedItem


def ms(value: float) -> Deadline:
    return Deadline(value, margin_ms=0)


async def answer(value: int, *, after_s: float = 0.0) -> int:
    await asyncio.sleep(after_s)
    return value


async def fail(error: Exception, *, after_s: float = 0.0) -> int:
    await asyncio.sleep(after_s)
    raise error


async def never() -> int:
    await asyncio.Event().wait()
    raise AssertionError


class Gauge:
    """How many are in progress, now and at most."""

    def __init__(self) -> None:
        self.now = self.peak = self.ended = 0

    async def pass_through(self, value: int) -> int:
        self.now += 1
        self.peak = max(self.peak, self.now)
        await asyncio.sleep(0.001)
        self.now -= 1
        self.ended += 1
        return value


def test_results_are_in_the_order_of_the_tasks():
    assert gather([partial(answer, i, after_s=0.005 * (3 - i)) for i in range(4)]) == [0, 1, 2, 3]
    assert gather([]) == []


def test_d82_200_at_once_are_10_at_a_time():
    gauge = Gauge()
    assert gather((partial(gauge.pass_through, i) for i in range(200)), limit=10) == list(range(200))
    assert (gauge.peak, gauge.ended) == (10, 200)


def test_a_generator_is_asked_only_when_there_is_room():
    gauge, taken = Gauge(), []

    def tasks() -> Iterator[Callable[[], Awaitable[int]]]:
        for i in range(50):
            taken.append(i)
            assert len(taken) - gauge.ended <= 4
            yield partial(gauge.pass_through, i)

    assert gather(tasks(), limit=4) == list(range(50))


def test_d81_what_is_no_task_is_an_error_at_its_own_index():
    outcomes = gather([partial(answer, 0), "unknown", print, answer(3)], on_error="keep")
    assert (outcomes[0], outcomes[3], len(outcomes)) == (0, 3, 4)
    unknown, silent = outcomes[1:3]
    assert isinstance(unknown, FailedItem)
    assert isinstance(silent, FailedItem)
    assert (unknown.index, silent.index) == (1, 2)
    assert str(unknown.error).startswith("'unknown' is no task: give a function that returns an awaitable")
    assert str(silent.error).startswith("<built-in function print> returned NoneType, which is no awaitable")


def test_d81_a_result_belongs_to_its_task_whatever_fails_before_it():
    tasks = [partial(answer, i) if i % 3 else partial(fail, KeyError(i)) for i in range(100)]
    outcomes = gather(tasks, on_error="keep")
    for index, outcome in enumerate(outcomes):
        if index % 3:
            assert outcome == index
        else:
            assert isinstance(outcome, FailedItem)
            assert (outcome.index, repr(outcome.error)) == (index, f"KeyError({index})")


def test_the_first_error_is_raised_and_the_others_are_cancelled():
    tidied, begun = [], []

    async def wait_and_tidy() -> int:
        try:
            return await never()
        finally:
            tidied.append(True)

    async def late() -> int:
        begun.append(True)
        return 1

    with pytest.raises(KeyError) as caught:
        gather([wait_and_tidy, partial(fail, KeyError("the cause"), after_s=0.01), wait_and_tidy, late], limit=3)
    assert caught.value.__notes__ == ["task 1 of gather"]
    assert (len(tidied), begun) == (2, [])


def test_what_a_generator_raises_is_raised_and_ends_the_rest():
    def tasks() -> Iterator[Callable[[], Awaitable[int]]]:
        yield from [never, partial(answer, 1)]
        raise LookupError("no more pages")

    for limit in (2, 5):
        with pytest.raises(LookupError, match="no more pages"):
            gather(tasks(), limit=limit, on_error="keep")


def test_after_an_error_a_generator_is_left_alone():
    def tasks() -> Iterator[Callable[[], Awaitable[int]]]:
        yield partial(fail, KeyError("the cause"))
        yield never
        raise LookupError("no more pages")

    with pytest.raises(KeyError, match="the cause"):
        gather(tasks(), limit=2)


def test_a_try_may_take_its_time_and_no_longer():
    outcomes = gather([never, partial(answer, 1), never, partial(answer, 3)], timeout_s=0.2, on_error="keep", limit=2)
    assert outcomes[1::2] == [1, 3]
    assert [str(item.error) for item in outcomes[::2] if isinstance(item, FailedItem)] == [
        "task 0 was not done within 0.2 s",
        "task 2 was not done within 0.2 s",
    ]


def test_the_deadline_keeps_what_is_done_and_names_what_is_not():
    tidied = []

    async def tidy() -> int:
        try:
            return await never()
        finally:
            await asyncio.sleep(0)
            tidied.append(True)

    tasks = [partial(answer, 0), tidy, partial(answer, 2), tidy, never, answer(5)]
    outcomes = gather(tasks, limit=2, on_error="keep", deadline=ms(300))
    assert outcomes[0::2][:2] == [0, 2]
    for index in (1, 3, 4, 5):
        failed = outcomes[index]
        assert isinstance(failed, FailedItem)
        assert isinstance(failed.error, DeadlineError)
        assert (failed.index, failed.error.unfinished) == (index, [1, 3, 4, 5])
    assert len(tidied) == 2


def test_the_deadline_is_raised_when_errors_are():
    with pytest.raises(DeadlineError, match=r"^no time is left for 2 tasks, the first of them task 1; ") as caught:
        gather([partial(answer, 0), never, never], deadline=ms(200))
    assert caught.value.unfinished == [1, 2]


def test_a_generator_cut_short_has_one_outcome_for_the_rest():
    tasks = (never if i == 1 else partial(answer, i) for i in range(1000))
    outcomes = gather(tasks, limit=1, on_error="keep", deadline=ms(200))
    assert outcomes[0] == 0
    assert [item.index for item in outcomes if isinstance(item, FailedItem)] == [1, 2]


def test_nothing_begins_when_the_time_is_up():
    begun = []

    async def begin() -> None:
        begun.append(True)

    outcomes = gather([begin, begin(), begin], on_error="keep", deadline=ms(0))
    assert [item.index for item in outcomes if isinstance(item, FailedItem)] == [0, 1, 2]
    assert begun == []


def test_the_deadline_of_the_invocation_holds():
    before = deadlines.begin(ms(200))
    try:
        with pytest.raises(DeadlineError):
            gather([never])
    finally:
        deadlines.begin(before)


def test_what_is_done_in_spite_of_its_cancellation_counts():
    async def finish() -> str:
        try:
            await never()
        except asyncio.CancelledError:
            return "finished"
        raise AssertionError

    assert gather([finish], deadline=ms(200)) == ["finished"]


async def swallow() -> None:
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            continue


@pytest.mark.parametrize(("timeout_s", "deadline_ms"), [(0.2, 60_000), (None, 200)], ids=["timeout", "deadline"])
def test_a_task_that_swallows_its_cancellation_is_closed_by_force(timeout_s: float | None, deadline_ms: float):
    closed = []

    async def swallow_and_tell() -> None:
        try:
            await swallow()
        finally:
            closed.append(True)

    tasks = [swallow_and_tell, partial(answer, 1)]
    outcomes = gather(tasks, timeout_s=timeout_s, on_error="keep", deadline=ms(deadline_ms))
    assert isinstance(outcomes[0], FailedItem)
    assert (outcomes[1], closed) == (1, [True])


def test_what_a_task_leaves_running_is_ended():
    ended = []

    async def go_on() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            ended.append(True)

    async def leave() -> "asyncio.Task[None]":
        left = asyncio.ensure_future(go_on())
        await asyncio.sleep(0)
        return left

    (left,) = gather([leave])
    assert (left.cancelled(), ended) == (True, [True])


def test_a_task_that_is_cancelled_by_others_is_an_error():
    async def give_up() -> None:
        raise asyncio.CancelledError

    (failed, one) = gather([give_up, partial(answer, 1)], on_error="keep")
    assert isinstance(failed, FailedItem)
    assert isinstance(failed.error, ItemError)
    assert (failed.error.index, one) == (0, 1)


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()], ids=["exit", "interrupt"])
def test_the_end_of_the_process_is_not_kept(error: BaseException):
    ended = []

    async def end() -> None:
        await asyncio.sleep(0.01)
        raise error

    async def tidy() -> None:
        try:
            await never()
        finally:
            ended.append(True)

    with pytest.raises(type(error)):
        gather([end, tidy], on_error="keep")
    assert ended == [True]
    assert gather([partial(answer, 1)]) == [1]


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({"limit": 0}, "limit is 0; allowed: 1 or more"),
        ({"timeout_s": 0}, "timeout_s is 0; allowed: more than 0, or None"),
        ({"on_error": "drop"}, "on_error is 'drop'; allowed: raise, keep"),
        ({"retries": -1}, "-1 retries"),
    ],
)
def test_terms_are_checked(terms, message: str):
    with pytest.raises(ValueError, match=message):
        gather([], **terms)


async def test_where_a_loop_runs_there_is_another_way():
    with pytest.raises(RuntimeError, match=r"write: await gather_async\(…\)"):
        gather([partial(answer, 1)])
    assert await gather_async([partial(answer, 1), answer(2)]) == [1, 2]


async def test_who_is_cancelled_ends_what_it_began():
    gauge = Gauge()

    async def wait() -> None:
        gauge.now += 1
        try:
            await never()
        finally:
            gauge.now -= 1

    running = asyncio.ensure_future(gather_async([wait, wait, wait], limit=2))
    await asyncio.sleep(0.01)
    assert gauge.now == 2
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert gauge.now == 0


def test_threads_may_gather_at_once():
    outcomes = {}

    def gather_here(number: int) -> None:
        outcomes[number] = gather([partial(answer, number, after_s=0.02)] * 2)

    threads = [threading.Thread(target=gather_here, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {number: [number, number] for number in range(4)}


def test_a_task_may_gather_in_a_thread():
    async def nest() -> list[int]:
        return await asyncio.to_thread(gather, [partial(answer, 1), partial(answer, 2)])

    assert gather([nest, nest]) == [[1, 2], [1, 2]]
