"""Three actions: calculate in parallel, wait for many things at once, and measure what parallel running brings."""

from functools import partial
from typing import Annotated, Literal, TypedDict

from benchmark import compare
from calculations import NUMBER_MAX, calculate
from reading import read, reason

from headstart_kit import DeadlineError, FailedItem, Length, Range, UserError, actions, gather, log, parallel_map

NUMBERS_MAX = 1_000  # with the largest Fibonacci numbers 4.2 MB of the 6 MB that Lambda takes for an answer
TASKS_MAX = 100
Number = Annotated[int, Range(0, NUMBER_MAX)]


class Span(TypedDict):
    """All numbers from the first to the last."""

    first: Number
    last: Number


Numbers = Annotated[list[Number], Length(1, NUMBERS_MAX)] | Span

handler = actions()


@handler.action
def cpu_intensive_batch(numbers: Numbers, mode: Literal["auto", "serial", "threads", "processes"] = "auto") -> dict:
    """The three results for each number, in the order of the numbers, whatever ran; and what did."""
    reports = []
    wanted = listed(numbers)
    outcomes = parallel_map(calculate, wanted, kind=mode, on_error="keep", report=reports.append)
    [report] = reports
    ran = {"kind": report.kind, "at_once": report.at_once, "items": report.items, "wall_ms": round(report.wall_ms, 1)}
    log.info("a batch was calculated", **ran)
    results = [in_time(number, outcome) for number, outcome in zip(wanted, outcomes, strict=True)]
    return {"results": results, "unfinished": len(wanted) - report.items, "ran": ran}


@handler.action
def async_tasks(
    tasks: Annotated[list[object], Length(1, TASKS_MAX)],
    limit: Annotated[int, Range(1, 50)] = 10,
    *,
    timeout_s: Annotated[float, Range(0.05, 60)] = 5.0,
) -> dict:
    """What came of each task at its index, with ``limit`` of them at a time and ``timeout_s`` seconds for each try."""
    outcomes = gather(
        [partial(read, task) for task in tasks], limit=limit, timeout_s=timeout_s, retries=2, on_error="keep"
    )
    results = [read_or_failed(index, outcome) for index, outcome in enumerate(outcomes)]
    failed = sum("error" in result for result in results)
    log.info("tasks are done", succeeded=len(results) - failed, failed=failed)
    return {"results": results, "succeeded": len(results) - failed, "failed": failed}


@handler.action
def performance_benchmark(numbers: Numbers, rounds: Annotated[int, Range(1, 9)] = 3) -> dict:
    """The same numbers in each of the modes: see ``compare``."""
    return compare(calculate, listed(numbers), rounds=rounds)


def listed(numbers: list[int] | Span) -> list[int] | range:
    """The numbers one by one."""
    if isinstance(numbers, list):
        return numbers
    span = range(numbers["first"], numbers["last"] + 1)
    if not 1 <= len(span) <= NUMBERS_MAX:
        raise UserError(f"numbers must be 1 to {NUMBERS_MAX}, from first up to last; these are {len(span)}")
    return span


def in_time(number: int, outcome: dict | FailedItem) -> dict:
    """A result, or that there was no time for it. Any other failure is a fault, in each mode."""
    if not isinstance(outcome, FailedItem):
        return outcome
    if not isinstance(outcome.error, DeadlineError):
        raise outcome.error
    return {"number": number, "error": "no time was left for it"}


def read_or_failed(index: int, outcome: dict | FailedItem) -> dict:
    """What a task has read, or why it has not."""
    if not isinstance(outcome, FailedItem):
        return {"index": index, **outcome}
    told = reason(outcome.error)
    if told is None:
        log.error("a task failed", index=index, error=outcome.error)
    else:
        log.info("a task was not done", index=index, reason=str(outcome.error))
    return {"index": index, "error": told or "it failed; the log says why"}
