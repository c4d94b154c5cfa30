import pytest
from tune_fixture import EVENT, lawful, memory_sizes, recommended, sizes, tuned

from headstart.model.caveats import CaveatCode
from headstart.model.cpu_law import Law
from headstart.model.invocation import Event, FunctionError, OutOfMemory, RuntimeExited, TimedOut
from headstart.model.tuning import Goal

COMPUTING = Law(io_ms=20.0, cpu_ms=100.0, parallelism=1.0)


def failing(fails, outcome, *, law=COMPUTING, **changes):
    """Lawful but for the calls of which ``fails`` is true."""
    script = lawful(law)
    return lambda call: script(call, outcome=outcome, **changes) if fails(call) else script(call)


def every_third():
    """True for every third call of all, whichever size."""
    count = 0

    def fails(_):
        nonlocal count
        count += 1
        return count % 3 == 0

    return fails


def caveats(result):
    return {caveat.code: caveat.detail for caveat in result.caveats}


async def test_a_size_that_runs_out_of_memory_is_left_and_the_search_goes_on_above():
    script = failing(lambda call: call.memory.mb < 400, OutOfMemory(b"{}", 128))
    invoker, result = await tuned(script)
    tried = [call.memory.mb for call in invoker.calls if call.memory.mb < 400]
    # Then halfway between what failed and what was answered.
    assert tried == [128, 256, 384]
    at_128 = sizes(result)[128]
    assert (at_128.is_usable, at_128.outcomes, at_128.warm.n) == (False, {"Runtime.OutOfMemory": 1}, 0)
    assert (at_128.cost.value, at_128.near_best_ratio, at_128.reason) == (0, 0, "out of memory")
    assert 400 <= recommended(result).memory_mb < 600
    assert "Runtime.OutOfMemory (3 x)" in caveats(result)[CaveatCode.FAILURES_LEFT_OUT]


async def test_a_function_that_needs_more_than_the_first_high_size_is_tried_at_the_double():
    script = failing(lambda call: call.memory.mb < 2000, OutOfMemory(b"{}", 128))
    invoker, result = await tuned(script)
    assert [call.memory.mb for call in invoker.calls[:3]] == [1769, 3008, 1792]
    assert recommended(result).memory_mb >= 2048
    assert result.invocations <= 20


async def test_what_is_out_of_memory_at_every_size_gets_no_recommendation():
    invoker, result = await tuned(failing(lambda _: True, OutOfMemory(b"{}", 128)))
    assert [call.memory.mb for call in invoker.calls] == [1769, 3008]
    assert recommended(result).memory_mb is None
    assert "Runtime.OutOfMemory (2 x)" in recommended(result).reason
    assert (result.law, result.others, result.is_settled) == (None, (), False)


async def test_out_of_memory_at_a_later_event_rules_out_what_is_below_too():
    heavy = (EVENT, Event(b"[1]", name="heavy"))
    script = failing(lambda call: call.event.name == "heavy" and call.memory.mb <= 512, OutOfMemory(b"{}", 512))
    _, result = await tuned(script, events=heavy)
    assert not sizes(result)[128].is_usable
    assert not sizes(result)[512].is_usable
    assert recommended(result).memory_mb > 512


async def test_a_size_too_slow_for_the_timeout_is_left_and_the_one_above_is_found():
    # 20 + 100 · 1769/128 = 1,402 ms; at 192 MB 941 ms.
    script = failing(lambda call: COMPUTING.duration_ms(call.memory.mb) > 1000, TimedOut(b"{}", 1))
    invoker, result = await tuned(script, timeout_s=1)
    assert [call.memory.mb for call in invoker.calls].count(128) == 1
    at_128 = sizes(result)[128]
    assert (at_128.is_usable, at_128.outcomes) == (False, {"Sandbox.Timedout": 1})
    assert at_128.reason == "timed out"
    assert 192 <= recommended(result).memory_mb <= 256


async def test_a_size_that_is_expected_to_be_too_slow_is_not_even_tried():
    # 1,184 ms at 128 MB, 1,022 at 192, 942 at 256, which costs a fifth more.
    law = Law(io_ms=700.0, cpu_ms=35.0, parallelism=1.0)
    script = failing(lambda call: law.duration_ms(call.memory.mb) > 1000, TimedOut(b"{}", 1), law=law)
    invoker, result = await tuned(script, timeout_s=1)
    assert 192 not in {call.memory.mb for call in invoker.calls}
    assert recommended(result).memory_mb >= 256


async def test_a_timeout_after_answers_rules_a_size_out_where_larger_ones_have_none():
    calls = []

    def late(call):
        calls.append(call.memory.mb)
        return call.memory.mb == 128 and calls.count(128) == 3

    _, result = await tuned(failing(late, TimedOut(b"{}", 30)))
    assert not sizes(result)[128].is_usable
    assert recommended(result).memory_mb > 128


async def test_timeouts_at_whatever_size_are_the_functions_own():
    calls = []

    def third(call):
        calls.append(call.memory.mb)
        return calls.count(call.memory.mb) == 3

    _, result = await tuned(failing(third, TimedOut(b"{}", 30)))
    assert all(sizes(result)[mb].is_usable for mb in (128, 512))


@pytest.mark.parametrize("outcome", [FunctionError(b"{}", "ValueError", "no"), RuntimeExited(b"{}", "exit status 1")])
async def test_a_function_that_fails_on_every_third_event_is_tuned_by_what_it_answers(outcome):
    _, result = await tuned(failing(every_third(), outcome, duration_ms=1.0))
    assert all(size.is_usable for size in result.sizes)
    assert sum(size.outcomes.get(outcome.error_type, 0) for size in result.sizes) == result.invocations // 3
    assert COMPUTING.duration_ms(128) == pytest.approx(sizes(result)[128].tuned_ms.value)
    assert recommended(result).memory_mb <= 256
    assert recommended(result, Goal.SPEED).memory_mb == 1769
    said = f"{result.invocations // 3} of {result.invocations}: {outcome.error_type}"
    assert caveats(result)[CaveatCode.FAILURES_LEFT_OUT].startswith(said)
    assert CaveatCode.INVOCATION_FAILED not in caveats(result)


async def test_a_function_that_always_fails_gets_no_recommendation_and_few_invocations():
    invoker, result = await tuned(failing(lambda _: True, FunctionError(b"{}", "KeyError", "'Records'")))
    assert len(invoker.calls) == 9
    assert recommended(result).memory_mb is None
    assert "KeyError: 'Records' (9 x)" in recommended(result).reason
    assert {size.outcomes.get("KeyError") for size in result.sizes} == {3}
    assert not any(size.is_usable for size in result.sizes)


async def test_an_error_that_is_allowed_counts_as_an_answer():
    error = FunctionError(b"{}", "NotFound", "no such order")
    _, result = await tuned(failing(lambda _: True, error), allowed_errors=frozenset({"NotFound"}))
    assert recommended(result).memory_mb == 128
    assert sizes(result)[128].outcomes == {"NotFound": 4}
    assert not {CaveatCode.FAILURES_LEFT_OUT, CaveatCode.INVOCATION_FAILED} & caveats(result).keys()
    _, other = await tuned(failing(lambda _: True, error), allowed_errors=frozenset({"Conflict"}))
    assert recommended(other).memory_mb is None


async def test_a_size_is_not_recommended_that_is_expected_to_reach_the_timeout():
    slow = Law(io_ms=10.0, cpu_ms=500.0, parallelism=1.0)
    script = failing(lambda call: slow.duration_ms(call.memory.mb) > 2000, TimedOut(b"{}", 2), law=slow)
    _, result = await tuned(script, timeout_s=2, sizes=memory_sizes(128, 256, 448, 1769))
    assert recommended(result).memory_mb == 448 or slow.duration_ms(448) < 2000
    assert not sizes(result)[256].is_usable


async def test_memory_that_only_lambdas_own_processes_take_is_left_free_here():
    invoker, _ = await tuned(lambda call: lawful()(call, max_memory_mb=115.0))
    assert min(call.memory.mb for call in invoker.calls) == 192
    given = memory_sizes(128, 256)
    _, result = await tuned(lambda call: lawful()(call, max_memory_mb=115.0), sizes=given)
    assert sizes(result)[128].reason == "needs about 135 MB with Lambda's own processes"
    assert recommended(result).memory_mb == 256
    on_aws, _ = await tuned(lambda call: lawful()(call, max_memory_mb=115.0), kept={"host": None})
    assert min(call.memory.mb for call in on_aws.calls) == 128
