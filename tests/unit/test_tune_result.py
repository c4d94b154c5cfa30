from decimal import Decimal
from random import Random

import msgspec
import pytest
from measure_fixture import spec
from tune_fixture import EVENT, MIXED, lawful, memory_sizes, recommended, session, sizes, tuned

from headstart.model.caveats import Caveat, CaveatCode
from headstart.model.cpu_law import Law
from headstart.model.function import Architecture
from headstart.model.invocation import Event
from headstart.model.results import Traffic
from headstart.model.tuning import Estimate, Goal, Objective, TuneOptions
from headstart.testing import ScriptedInvoker, init_report, report
from headstart.tune.bill import Bill
from headstart.tune.choice import Candidate, choose
from headstart.tune.outcome import Ending, result_of
from headstart.tune.search import tune
from headstart.tune.seen import Seen
from headstart.tune.sizes import CANDIDATES, faster, first_high, first_middle, is_measurable, near, next_above
from headstart.tune.subject import Subject
from headstart.tune.tail import Tail
from headstart.tune.typical import Timed, typical


def bill(**changes):
    usual = {
        "architecture": Architecture.X86_64,
        "region": "us-east-1",
        "storage_mb": 512,
        "traffic": Traffic(cold_ratio=0.0),
        "is_cold": False,
        "init_ms": 200.0,
        "first_cpu_ms": 10.0,
    }
    return Bill(**usual | changes)


def candidate(mb, ms, usd, *, measured=True, spread=0.0, **changes):
    drawn = tuple(1 + spread * step for step in (-1, 0, 1))
    usual = {
        "mb": mb,
        "is_measured": measured,
        "is_risky": False,
        "ms": ms,
        "usd": usd,
        "p99_ms": 2 * ms,
        "drawn_ms": tuple(ms * ratio for ratio in drawn),
        "drawn_usd": tuple(usd * ratio for ratio in drawn),
        "drawn_p99_ms": tuple(2 * ms * ratio for ratio in drawn),
    }
    return Candidate(**usual | changes)


def chosen(candidates, goal=Goal.COST, *, measured=False, **objective):
    return choose(candidates, Objective(goal=goal, **objective), tolerance=0.05, measured=measured)


def test_a_million_invocations_cost_requests_and_billed_duration():
    # 12.3 ms are billed as 13: 0.5 GB x 13 ms x 1,000,000 x 0.0000166667.
    assert bill().usd_per_million(512, 12.3) == Decimal("0.2") + Decimal("0.5") * 13_000 * Decimal("0.0000166667")


def test_the_cold_share_is_billed_its_init_phase_and_its_slower_first_invocation():
    # At 1,769/4 MB a first invocation of 10 ms more CPU takes 40 ms more.
    part = bill(traffic=Traffic(cold_ratio=0.1))
    assert part.billed_ms(1769, 12.3) == pytest.approx(0.9 * 13 + 0.1 * 223)
    assert part.billed_ms(442, 12.3) == pytest.approx(0.9 * 13 + 0.1 * 253)
    assert bill(is_cold=True).billed_ms(442, 12.3) == 13


def test_the_price_depends_on_region_architecture_and_storage():
    usual = bill().usd_per_million(1024, 100.0)
    assert bill(region="af-south-1").usd_per_million(1024, 100.0) > usual
    assert bill(architecture=Architecture.ARM64).usd_per_million(1024, 100.0) < usual
    assert bill(storage_mb=2048).usd_per_million(1024, 100.0) > usual


def test_many_invocations_reach_the_cheaper_tiers_and_none_have_the_first_tiers_price():
    usual = bill().usd_per_million(1024, 1000.0)
    assert usual == Decimal("0.2") + 1_000_000 * Decimal("0.0000166667")
    assert bill(traffic=Traffic(invocations_per_month=20_000_000_000, cold_ratio=0)).usd_per_million(1024, 1000.0) < (
        Decimal("0.95") * usual
    )
    idle = bill(traffic=Traffic(invocations_per_month=0, cold_ratio=0))
    assert (idle.usd_per_million(1024, 1000.0), idle.usd_month(1024, 1000.0)) == (usual, 0)


async def test_a_result_has_costs_with_init_share_and_the_saving_of_a_month():
    _, result = await tuned(lawful(), mb=1769)
    present, best = sizes(result)[1769], sizes(result)[128]
    # 1 % of cold starts: init 150 ms, and 30 ms of CPU more in the first invocation.
    billed_ms = 0.99 * 100 + 0.01 * (150 + 100 + 30)
    assert present.cost.value == pytest.approx(0.2 + billed_ms * 1769 / 1024 * 1000 * 0.0000166667)
    saved = recommended(result)
    assert saved.saves_usd_month.value == pytest.approx(present.cost.value - best.cost.value)
    assert saved.saves_ms.value == pytest.approx(MIXED.duration_ms(1769) - MIXED.duration_ms(128))
    assert saved.saves_ms.low <= saved.saves_ms.value <= saved.saves_ms.high < 0


async def test_a_month_at_more_traffic_saves_in_proportion():
    _, one = await tuned(lawful(noise=0.1), mb=1769)
    _, ten = await tuned(lawful(noise=0.1), mb=1769, kept={"traffic": Traffic(invocations_per_month=10_000_000)})
    saved, more = recommended(one).saves_usd_month, recommended(ten).saves_usd_month
    assert (more.low, more.value, more.high) == pytest.approx((10 * saved.low, 10 * saved.value, 10 * saved.high))
    assert saved.low < saved.value < saved.high


async def test_measured_sizes_have_summaries_and_predicted_ones_an_interval():
    _, result = await tuned(lawful(noise=0.05))
    at_512, at_256 = sizes(result)[512], sizes(result)[256]
    assert (at_512.warm.n, at_512.first.n, at_512.init.median) == (3, 1, 150)
    assert at_512.billed.median >= at_512.warm.median
    assert at_512.tuned_ms.value == pytest.approx(at_512.warm.median)
    assert (at_256.is_measured, at_256.warm.n, at_256.outcomes) == (False, 0, {})
    assert at_256.tuned_ms.low < MIXED.duration_ms(256) < at_256.tuned_ms.high
    assert [caveat.code for caveat in at_256.caveats] == [CaveatCode.MODEL]
    assert [size.memory_mb for size in result.sizes] == sorted(size.memory_mb for size in result.sizes)


async def test_the_reports_that_were_kept_give_the_same_result_again():
    kept = []
    invoker, result = await tuned(lawful(noise=0.1), kept={"keep": kept.append})
    subject = Subject(spec=invoker.spec, events=(EVENT,), options=TuneOptions(cpus=2), session=session())
    assert result_of(kept, subject, ending=Ending(result.ended, result.is_settled)) == result


async def test_the_other_architecture_has_its_price_and_a_range_of_durations():
    _, result = await tuned(lawful(Law(0.0, 100.0, parallelism=1.0)), sizes=memory_sizes(1024, 1769))
    (other,) = result.others
    here = sizes(result)[other.memory_mb]
    assert (other.architecture, other.is_measured) == (Architecture.ARM64, False)
    assert other.tuned_ms.low < other.tuned_ms.value < here.tuned_ms.value < other.tuned_ms.high
    ratio = other.tuned_ms.value / here.tuned_ms.value
    assert other.cost.value - 0.2 == pytest.approx((here.cost.value - 0.2) * ratio * 0.8, rel=0.02)


async def test_a_function_that_only_waits_takes_about_as_long_on_the_other_architecture():
    _, result = await tuned(lawful(Law(100.0, 0.0, parallelism=1.0)))
    assert result.others[0].tuned_ms.value == pytest.approx(100, rel=0.02)


async def test_from_arm64_the_range_is_the_other_way_round():
    def script(call):
        return lawful(Law(0.0, 100.0, parallelism=1.0))(call)

    sized = memory_sizes(1024, 1769)
    arm = ScriptedInvoker(spec(1769, architecture=Architecture.ARM64), script)
    result = await tune(arm, (EVENT,), options=TuneOptions(cpus=2, sizes=sized), session=session())
    (other,) = result.others
    here = sizes(result)[other.memory_mb]
    assert other.architecture is Architecture.X86_64
    assert other.tuned_ms.low < here.tuned_ms.value < other.tuned_ms.value < other.tuned_ms.high
    assert other.cost.value > here.cost.value


def test_an_init_phase_inside_an_invocation_is_no_cold_start():
    reports = (report(500.0, init=init_report(suppressed=True)), report(100.0, init=init_report()), report(20.0))
    seen = Seen(mb=128, reports=reports, answered=reports, is_cold=False)
    assert ([each.duration_ms for each in seen.cold], [each.duration_ms for each in seen.warm]) == ([100.0], [20.0])


async def test_what_the_machine_could_not_enforce_is_said_and_contended_invocations_do_not_count():
    calls = []

    def script(call):
        calls.append(call)
        if call.fresh or len(calls) % 4:
            return lawful()(call)
        contended = (Caveat(CaveatCode.CONTENDED_HOST, "9 of 10 ms"),)
        return lawful()(call, duration_ms=5 * MIXED.duration_ms(call.memory.mb), caveats=contended)

    _, result = await tuned(script)
    assert CaveatCode.CONTENDED_HOST in {caveat.code for caveat in result.caveats}
    for mb in (128, 512, 1769):
        assert sizes(result)[mb].tuned_ms.value == pytest.approx(MIXED.duration_ms(mb))


async def test_events_that_were_not_sent_are_named():
    events = tuple(Event(b"{}", name=f"event {number}") for number in range(8))
    _, result = await tuned(lawful(), events=events)
    said = [caveat.detail for caveat in result.caveats if caveat.code is CaveatCode.FEW_INVOCATIONS]
    assert any(detail.startswith("events not sent: event ") for detail in said)


def test_the_typical_time_weighs_events_by_their_share_of_the_traffic():
    samples = {128: [Timed("a", 10.0), Timed("a", 12.0), Timed("a", 11.0), Timed("b", 101.0)]}
    values = typical(samples, {"a": 0.9, "b": 0.1})[128]
    assert sorted(values) == pytest.approx([20.0 * 10 / 11, 20.0, 20.0, 20.0 * 12 / 11])


def test_events_that_memory_helps_differently_are_each_taken_as_they_were_at_that_size():
    samples = {
        128: [Timed("waits", 100.0), Timed("computes", 1400.0)],
        1769: [Timed("waits", 100.0), Timed("computes", 100.0)],
    }
    shares = {"waits": 0.5, "computes": 0.5}
    assert typical(samples, shares) == {128: [750.0, 750.0], 1769: [100.0, 100.0]}


def test_p99_is_the_worst_seen_or_what_the_spread_makes_likely_and_less_sure_from_few():
    def tail(*durations):
        reports = tuple(report(ms) for ms in durations)
        seen = Seen(mb=128, reports=reports, answered=reports, is_cold=False)
        return Tail.of([seen], {128: [100.0]})

    assert tail(100.0, 100.0, 100.0).ratio == 1
    assert tail(*[100.0] * 200, 300.0, 300.0, 300.0).ratio == pytest.approx(3)
    assert 1.2 < tail(90.0, 100.0, 110.0).ratio < 1.4
    few, many = (sorted(tail(*[90.0, 110.0] * count).drawn(200, Random(1))) for count in (2, 50))
    assert few[190] - few[10] > 2 * (many[190] - many[10])


def test_a_size_that_lacks_an_event_is_told_by_the_others():
    samples = {
        128: [Timed("a", 10.0), Timed("b", 100.0)],
        256: [Timed("a", 5.0), Timed("b", 50.0)],
        512: [Timed("a", 2.5)],
    }
    assert typical(samples, {"a": 0.5, "b": 0.5})[512] == pytest.approx([(2.5 + 25) / 2])


def test_one_event_is_as_it_was_and_a_size_without_any_is_left_out():
    assert typical({128: [Timed("a", 3.0), Timed("a", 1.0)], 256: []}, {"a": 1.0}) == {128: [3.0, 1.0]}


async def test_weights_decide_the_size():
    """One event waits, the other computes: what most of the traffic is decides."""
    waits, computes = lawful(Law(200.0, 1.0, parallelism=1.0)), lawful(Law(1.0, 200.0, parallelism=1.0, exponent=1.5))

    def script(call):
        return (waits if call.event.name == "waits" else computes)(call)

    found = {}
    for weight in (0.01, 0.99):
        events = (Event(b"{}", name="waits", weight=weight), Event(b"{}", name="computes", weight=1 - weight))
        _, result = await tuned(script, events=events)
        found[weight] = recommended(result).memory_mb
    assert found[0.99] == 128
    assert found[0.01] > 1024


def test_of_sizes_that_cost_the_same_the_fastest_is_chosen_and_of_the_fastest_the_cheapest():
    alike = [candidate(128, 1000.0, 2.0), candidate(1024, 125.0, 2.03), candidate(1769, 72.0, 2.2)]
    assert chosen(alike).best.mb == 1024
    fast = [candidate(128, 1000.0, 1.0), candidate(1769, 72.5, 2.0), candidate(3008, 72.0, 3.0)]
    assert chosen(fast, Goal.SPEED).best.mb == 1769


def test_a_weighing_of_cost_and_speed_is_one_or_the_other_at_its_ends():
    both = [candidate(128, 1000.0, 1.0), candidate(1769, 100.0, 4.0)]
    assert chosen(both, Goal.BALANCED, weight=1.0).best.mb == 128
    assert chosen(both, Goal.BALANCED, weight=0.0).best.mb == 1769
    # 10 times as fast for 4 times the price: at half it pays, at 0.8 it does not.
    assert chosen(both, Goal.BALANCED, weight=0.5).best.mb == 1769
    assert chosen(both, Goal.BALANCED, weight=0.8).best.mb == 128


def test_a_measured_size_is_preferred_within_the_tolerance_and_a_risky_one_never_taken():
    mixed = [candidate(256, 50.0, 1.0, measured=False), candidate(512, 30.0, 1.04)]
    assert chosen(mixed).best.mb == 256
    assert chosen(mixed, measured=True).best.mb == 512
    dear = [candidate(256, 50.0, 1.0, measured=False), candidate(512, 30.0, 1.2)]
    assert chosen(dear, measured=True).best.mb == 256
    risky = [msgspec.structs.replace(dear[0], is_risky=True), dear[1]]
    assert chosen(risky, measured=True).best.mb == 512


def test_the_probability_is_how_often_a_size_is_within_the_tolerance_of_the_best():
    sure = candidate(128, 1.0, 1.0)
    doubtful = candidate(256, 1.0, 1.1, drawn_usd=(1.2, 1.04, 0.5))
    choice = chosen([sure, doubtful])
    assert choice.best.mb == 128
    assert choice.near_best == pytest.approx({128: 2 / 3, 256: 2 / 3})
    assert choice.is_best == pytest.approx({128: 2 / 3, 256: 1 / 3})


def test_a_limit_is_kept_where_p99_is_below_it_in_most_draws():
    kept = [candidate(128, 100.0, 1.0), candidate(512, 40.0, 1.5), candidate(1769, 20.0, 4.0)]
    assert chosen(kept, Goal.SLO, p99_ms=90.0).best.mb == 512
    doubtful = [kept[0], candidate(512, 40.0, 1.5, drawn_p99_ms=(60.0, 80.0, 100.0)), kept[2]]
    assert chosen(doubtful, Goal.SLO, p99_ms=90.0).best.mb == 1769
    assert chosen(kept, Goal.SLO, p99_ms=30.0).best is None


def test_which_sizes_come_into_question():
    assert CANDIDATES[:3] == (128, 192, 256)
    assert CANDIDATES[-1] == 10_240
    assert [mb for mb in (1769, 3008, 3009, 10_240) if is_measurable(mb, 2)] == [1769, 3008]
    assert is_measurable(1769, 1)
    assert not is_measurable(1770, 1)
    assert (next_above(128, 2), next_above(1769, 2), next_above(3008, 2)) == (256, 3008, None)
    assert next_above(10_240, None) is None
    assert [first_high(mb, cpus=2) for mb in (128, 1769, 3008, 4096)] == [1769, 1769, 3008, 1769]
    assert first_middle(128, 1769, configured_mb=128) == 512
    assert first_middle(128, 1769, configured_mb=600) == 600
    assert first_middle(1664, 1769, configured_mb=128) is None
    assert (near(512, [128, 500]), near(512, [128, 1769])) == (500, None)
    assert faster((128, 1769, 2048, 3008), 1.0) == [128, 1769]
    assert faster((1769, 3008, 4096, 5308), 2.0) == [1769, 3008, 4096]


async def test_first_invocations_are_summed_up_apart():
    _, result = await tuned(lambda call: lawful()(call, init=init_report() if call.fresh else None))
    size = sizes(result)[1769]
    assert size.first.median == pytest.approx(MIXED.duration_ms(1769) + 30)
    assert size.warm.median == pytest.approx(MIXED.duration_ms(1769))


def test_an_interval_of_cost_is_that_of_time():
    estimate = bill().estimate(1024, Estimate(100.0, 90.0, 120.0))
    assert (estimate.low, estimate.high) == (
        float(bill().usd_per_million(1024, 90.0)),
        float(bill().usd_per_million(1024, 120.0)),
    )
