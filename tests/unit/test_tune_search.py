import asyncio
from collections import Counter
from decimal import Decimal

import pytest
from measure_fixture import Listener
from tune_fixture import EVENT, MIXED, lawful, memory_sizes, recommended, sizes, tuned

from headstart.errors import EventError, InvalidValueError, RequestError
from headstart.model.cpu_law import Law
from headstart.model.invocation import Event
from headstart.model.tuning import INTERRUPTED, Budget, Goal, Objective
from headstart.testing import ManualClock, report

# Where waiting and computing cost the same there is a cheapest size between, near 900 MB.
BETWEEN = Law(io_ms=100.0, cpu_ms=100.0, parallelism=1.0, exponent=1.4)
TWO_THREADS = Law(io_ms=5.0, cpu_ms=400.0, parallelism=2.0)


def gb_ms(law, mb):
    return law.duration_ms(mb) * mb


@pytest.mark.parametrize(
    "law", [MIXED, BETWEEN, Law(io_ms=200.0, cpu_ms=2.0, parallelism=1.0), Law(0.0, 300.0, parallelism=1.0)]
)
async def test_the_size_found_costs_within_5_percent_of_the_cheapest_from_a_third_of_the_usual_invocations(law):
    invoker, result = await tuned(lawful(law, noise=0.01))
    chosen = recommended(result).memory_mb
    assert gb_ms(law, chosen) <= 1.05 * min(gb_ms(law, mb) for mb in range(128, 10_241, 64))
    assert sizes(result)[chosen].is_measured
    assert len(invoker.calls) == result.invocations <= 20
    assert 3 * result.invocations <= result.usual_invocations


async def test_it_begins_with_a_low_a_middle_and_a_high_size_and_stops_when_the_choice_is_settled():
    invoker, result = await tuned(lawful())
    assert Counter(call.memory.mb for call in invoker.calls) == {128: 4, 512: 4, 1769: 4}
    assert (recommended(result).memory_mb, result.is_settled) == (128, True)
    assert recommended(result).probability >= 0.95
    assert invoker.open_sizes == [512]


async def test_the_best_size_is_measured_before_it_is_recommended_in_turn_with_another():
    invoker, result = await tuned(lawful(BETWEEN))
    new = recommended(result).memory_mb
    assert new not in {128, 512, 1769}
    later = [call.memory.mb for call in invoker.calls[13:19]]
    assert Counter(later)[new] == 3
    assert len({*later}) == 2
    assert later[:3].count(new) < 3


async def test_sizes_take_turns_in_another_order_each_round_with_the_same_events():
    events = tuple(Event(b"{}", name=str(number)) for number in range(3))
    invoker, _ = await tuned(lawful(), events=events)
    rounds = [invoker.calls[at : at + 3] for at in range(3, 12, 3)]
    for calls in rounds:
        assert {call.memory.mb for call in calls} == {128, 512, 1769}
        assert len({call.event.name for call in calls}) == 1
    assert len({tuple(call.memory.mb for call in calls) for calls in rounds}) > 1
    assert {calls[0].event.name for calls in rounds} == {"0", "1", "2"}
    assert sorted(calls[0].event.name for calls in rounds) != [calls[0].event.name for calls in rounds]


async def test_only_the_first_invocation_of_a_size_is_asked_to_be_fresh():
    invoker, _ = await tuned(lawful())
    fresh = [call.memory.mb for call in invoker.calls if call.fresh]
    assert sorted(fresh) == [128, 512, 1769]


async def test_a_function_that_uses_much_memory_is_not_tried_where_it_cannot_fit():
    invoker, result = await tuned(lambda call: lawful()(call, max_memory_mb=300.0))
    assert min(call.memory.mb for call in invoker.calls) == 384
    assert min(sizes(result)) == 384


async def test_on_a_machine_of_two_cpus_larger_sizes_are_predicted_and_marked():
    invoker, result = await tuned(lawful(TWO_THREADS), objective=Objective(goal=Goal.SPEED))
    assert max(call.memory.mb for call in invoker.calls) <= 3008
    assert sizes(result)[3008].is_measured
    assert 1 < result.parallelism <= 2
    fastest = recommended(result, Goal.SPEED).memory_mb
    assert 3538 <= fastest <= 3840
    assert not sizes(result)[fastest].is_measured
    assert "more vCPUs than this machine (2)" in sizes(result)[4096].caveats[0].detail


async def test_on_lambda_itself_any_size_can_be_measured_and_two_vcpus_are_tried_at_once():
    def script(call):
        return lawful(Law(5.0, 2000.0, parallelism=6.0))(call, cpu_ms=0.0, throttled_ms=0.0)

    invoker, result = await tuned(script, cpus=None, objective=Objective(goal=Goal.SPEED), kept={"host": None})
    assert invoker.calls[0].memory.mb == 3008
    assert recommended(result, Goal.SPEED).memory_mb > 8000
    assert max(call.memory.mb for call in invoker.calls) > 8000
    assert result.invocations <= 20


@pytest.mark.parametrize(("goal", "mb"), [(Goal.COST, 128), (Goal.SPEED, 1769), (Goal.BALANCED, 1769)])
async def test_each_goal_has_a_size_the_one_asked_for_first(goal, mb):
    _, result = await tuned(lawful(Law(20.0, 100.0, parallelism=1.0)), objective=Objective(goal=goal))
    assert result.recommendations[0].goal is goal
    assert result.recommendations[0].memory_mb == mb
    assert {each.goal for each in result.recommendations} == {Goal.COST, Goal.SPEED, Goal.BALANCED}


async def test_a_p99_that_is_to_be_kept_rules_out_slower_sizes():
    limit_ms = MIXED.duration_ms(640)
    _, result = await tuned(lawful(noise=0.02), objective=Objective(goal=Goal.SLO, p99_ms=limit_ms))
    chosen = recommended(result, Goal.SLO).memory_mb
    assert 640 < chosen < 1100
    assert MIXED.duration_ms(chosen) * 1.02 <= limit_ms
    assert any("p99 is" in caveat.detail for caveat in result.caveats)


async def test_a_p99_that_no_size_keeps_is_said_to_be_out_of_reach():
    _, result = await tuned(lawful(), objective=Objective(goal=Goal.SLO, p99_ms=50.0))
    assert recommended(result, Goal.SLO).memory_mb is None
    assert "keep p99 under 50 ms: the lowest" in recommended(result, Goal.SLO).reason
    assert result.is_settled


async def test_given_sizes_are_measured_exactly_ten_times_each_in_turn():
    invoker, result = await tuned(lawful(), sizes=memory_sizes(256, 1024))
    assert Counter(call.memory.mb for call in invoker.calls) == {256: 10, 1024: 10}
    assert [{call.memory.mb for call in invoker.calls[at : at + 2]} for at in range(0, 20, 2)] == [{256, 1024}] * 10
    assert recommended(result).memory_mb == 256
    assert {mb: size.is_measured for mb, size in sizes(result).items()} == {256: True, 512: False, 1024: True}
    assert result.is_settled


@pytest.mark.parametrize(("invocations", "each"), [(9, 3), (11, 3), (60, 20)])
async def test_given_sizes_share_the_budget_alike(invocations, each):
    given = memory_sizes(256, 512, 1024)
    invoker, result = await tuned(lawful(), sizes=given, budget=Budget(invocations=invocations))
    assert Counter(call.memory.mb for call in invoker.calls) == {256: each, 512: each, 1024: each}
    assert result.is_settled


async def test_a_budget_that_is_too_small_for_the_given_sizes_is_said():
    given = memory_sizes(128, 256, 512, 1024, 1769)
    invoker, result = await tuned(lawful(), sizes=given, budget=Budget(invocations=4))
    assert len(invoker.calls) == 4
    assert (result.is_settled, result.ended) == (False, "the budget of 4 invocations is spent")


async def test_given_sizes_with_more_vcpus_than_the_machine_are_predicted():
    invoker, result = await tuned(lawful(), sizes=memory_sizes(512, 1769, 10_240))
    assert {call.memory.mb for call in invoker.calls} == {512, 1769}
    assert not sizes(result)[10_240].is_measured
    assert any("10240 MB have more vCPUs" in caveat.detail for caveat in result.caveats)
    with pytest.raises(InvalidValueError, match="no more vCPUs than this machine has"):
        await tuned(lawful(), sizes=memory_sizes(4096, 10_240))


async def test_the_budget_of_invocations_counts_cold_ones():
    invoker, result = await tuned(lawful(BETWEEN), budget=Budget(invocations=7))
    assert len(invoker.calls) == 7
    assert result.ended == "the budget of 7 invocations is spent"
    assert not result.is_settled
    assert recommended(result).memory_mb


@pytest.mark.parametrize(("is_cold", "least"), [(False, 4), (True, 2)])
async def test_a_budget_too_small_for_two_sizes_is_refused(is_cold, least):
    with pytest.raises(InvalidValueError, match=f"allowed: {least} …"):
        await tuned(lawful(), is_cold=is_cold, budget=Budget(invocations=least - 1))


async def test_the_budget_of_minutes_ends_the_search():
    clock = ManualClock()

    def script(call):
        clock.advance(30)
        return lawful()(call)

    invoker, result = await tuned(script, budget=Budget(minutes=2.5), kept={"ticks_ns": clock.ticks_ns})
    assert len(invoker.calls) == 5
    assert result.ended == "the budget of 2.5 minutes is spent"


async def test_the_budget_of_money_is_for_invocations_that_are_paid_for():
    budget = Budget(cost_usd=Decimal("0.00005"))
    invoker, result = await tuned(lawful(BETWEEN), cpus=None, budget=budget, kept={"host": None})
    assert 0 < result.spent_usd <= budget.cost_usd
    assert 3 <= len(invoker.calls) < 12
    assert result.ended == "the budget of 0.00005 USD is spent"
    _, local = await tuned(lawful(), budget=budget)
    assert (local.spent_usd, local.is_settled) == (0, True)


async def test_cold_starts_are_tuned_with_a_fresh_environment_each_time():
    invoker, result = await tuned(lawful(), is_cold=True)
    assert all(call.fresh for call in invoker.calls)
    size = sizes(result)[1769]
    assert (size.init.median, size.warm.n) == (150.0, 0)
    assert size.tuned_ms.value == pytest.approx(size.init.median + size.first.median)
    assert result.traffic.cold_ratio == 1
    assert len(invoker.calls) <= 20


async def test_hooks_are_called_around_each_invocation_and_may_give_another_event():
    seen = []

    def before(event):
        seen.append("before")
        return Event(b"[1]", name=event.name)

    def after(event, payload):
        seen.append((event.payload, payload))

    invoker, _ = await tuned(lawful(), before=before, after=after)
    assert {call.event.payload for call in invoker.calls} == {b"[1]"}
    assert seen == ["before", (b"[1]", b"{}")] * len(invoker.calls)


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_hook_that_raises_ends_the_run_by_name_and_closes_everything(when):
    def reset_table(*_):
        raise OSError("no table")

    kept = []
    with pytest.raises(RequestError, match=f"reset_table, called {when} an invocation, raised OSError: no table"):
        await tuned(lawful(), kept={"keep": kept.append}, **{when: reset_table})
    assert len(kept) == (when == "after")


async def test_a_search_that_is_cancelled_returns_what_it_has():
    kept = []

    def script(call):
        if len(kept) == 8:
            asyncio.current_task().cancel()
        return lawful()(call)

    async def run():
        invoker, result = await tuned(script, before=lambda _: None, kept={"keep": kept.append})
        assert asyncio.current_task().cancelling() == 0
        return invoker, result

    invoker, result = await asyncio.create_task(run())
    assert result.ended == INTERRUPTED
    assert not result.is_settled
    assert result.invocations == len(kept) == 9
    assert recommended(result).memory_mb == 128
    assert invoker.open_sizes == [512]


async def test_a_search_cancelled_before_anything_answered_says_so():
    async def run():
        asyncio.current_task().cancel()
        return await tuned(lawful(), before=lambda _: None)

    _, result = await asyncio.create_task(run())
    assert (result.ended, result.invocations, result.sizes) == (INTERRUPTED, 0, ())
    assert recommended(result).reason == "nothing was measured"


@pytest.mark.parametrize("events", [(), (Event(b"{}", weight=0.0),)])
async def test_events_without_weight_are_refused(events):
    with pytest.raises(EventError):
        await tuned(lawful(), events=events)


async def test_progress_counts_invocations():
    listener = Listener()
    invoker, _ = await tuned(lawful(), kept={"progress": listener})
    assert listener.told[0] == ("start", "memory sizes", 20)
    assert sum(steps for what, _, steps in (told for told in listener.told if len(told) == 3) if what == "advance") == (
        len(invoker.calls)
    )
    assert listener.told[-1] == ("finish", "memory sizes")


async def test_every_report_is_kept_at_once():
    kept = []
    invoker, result = await tuned(lambda call: report(memory_size_mb=call.memory.mb), kept={"keep": kept.append})
    assert len(kept) == len(invoker.calls) == result.invocations
    assert EVENT.name == "usual"
