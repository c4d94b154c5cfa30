from measure_fixture import EVENTS, spec

from headstart.model.function import MemorySize
from headstart.model.invocation import Invoker, Profiler
from headstart.testing import ManualClock, ScriptedInvoker, ScriptedProfiler, init_report, report


async def test_reports_are_played_in_order_and_again():
    invoker: Invoker = ScriptedInvoker(spec(), [report(1.0), report(2.0)])
    assert [(await invoker.invoke(EVENTS[0])).duration_ms for _ in range(3)] == [1, 2, 1]


async def test_other_sizes_play_the_same_script_and_are_noted():
    invoker = ScriptedInvoker(spec(), lambda call: report(float(call.memory.mb)))
    other = invoker.at_memory(MemorySize(256))
    assert (await other.invoke(EVENTS[0], fresh=True)).duration_ms == 256
    assert [(call.memory.mb, call.fresh) for call in invoker.calls] == [(256, True)]
    assert invoker.open_sizes == [512, 256]
    await other.close()
    assert invoker.open_sizes == [512]


async def test_a_profiler_answers_by_the_name_of_the_probe():
    profiler: Profiler = ScriptedProfiler({"probe": {"a": 1}})
    assert await profiler.profile("probe", EVENTS) == {"a": 1}


def test_a_cold_report_is_billed_with_its_init():
    cold = report(12.3, init=init_report(50.0, 100.0))
    assert (cold.billed_ms, cold.cold, cold.succeeded) == (163, True, True)
    assert report(12.3).billed_ms == 13


def test_a_clock_moves_by_hand_only():
    clock = ManualClock(1_000.0)
    clock.advance(1.5)
    assert (clock.now_s(), clock.ticks_ns()) == (1001.5, 1_500_000_000)
    assert clock.new_id() != clock.new_id()
