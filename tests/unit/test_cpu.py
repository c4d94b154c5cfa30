import pytest
from measure_fixture import EVENTS, spec

from headstart.measure import cpu
from headstart.model.caveats import CaveatCode
from headstart.model.cpu_law import SIZES, Law
from headstart.model.function import MemorySize
from headstart.model.invocation import FunctionError, OutOfMemory, TimedOut
from headstart.model.progress import NoProgress
from headstart.testing import ScriptedInvoker, init_report, report

LAW = Law(io_ms=20.0, cpu_ms=50.0, parallelism=1.0)


def lawful(call, *, law=LAW, **changes):
    mb = call.memory.mb
    duration_ms = law.duration_ms(mb)
    held_ms = law.cpu_ms / min(1, mb / 1769) - law.cpu_ms
    init = init_report() if call.fresh else None
    return report(
        duration_ms + (500 if call.fresh else 0),
        **{"init": init, "memory_size_mb": mb, "cpu_ms": law.cpu_ms, "throttled_ms": held_ms} | changes,
    )


async def measured(script, *, mb=512, **more):
    invoker = ScriptedInvoker(spec(mb), script)
    return invoker, await cpu.measure(invoker, EVENTS, progress=NoProgress(), **more)


def points(result):
    return {point.memory_mb: point for point in result.curve}


async def test_the_law_is_found_and_tells_the_sizes_that_were_not_run():
    _, result = await measured(lawful)
    assert (result.io_ms, result.cpu_ms) == (pytest.approx(20), pytest.approx(50))
    assert result.model_error_ratio == pytest.approx(0, abs=1e-9)
    curve = points(result)
    assert set(curve) == set(SIZES)
    assert {mb for mb, point in curve.items() if point.n} == {128, 256, 512, 1769}
    for mb, point in curve.items():
        assert point.duration_ms == pytest.approx(LAW.duration_ms(mb))
    assert CaveatCode.MODEL in {caveat.code for caveat in result.caveats}


async def test_cpu_and_wall_are_of_warm_invocations_at_the_configured_size():
    _, result = await measured(lawful)
    assert (result.cpu.n, result.cpu.median) == (10, 50)
    assert result.wall.median == pytest.approx(LAW.duration_ms(512))
    assert result.parallelism == pytest.approx(50 / 70)


async def test_sizes_are_run_in_turn_each_in_a_fresh_environment_and_closed():
    invoker, _ = await measured(lawful, runs=3)
    order = [(call.memory.mb, call.fresh) for call in invoker.calls]
    assert order[:4] == [(512, True), (128, True), (256, True), (1769, True)]
    assert order[4:] == [(512, False), (128, False), (256, False), (1769, False)] * 3
    assert invoker.open_sizes == [512]


async def test_a_cost_has_request_and_duration():
    _, result = await measured(lawful)
    at_1769 = points(result)[1769]
    assert float(at_1769.cost_usd_per_million) == pytest.approx(0.2 + 70 * 1769 / 1024 / 1000 * 16.6667)


@pytest.mark.parametrize("outcome", [OutOfMemory(b"{}", 128), TimedOut(b"{}", 3)])
async def test_a_size_at_which_the_environment_dies_is_a_point_and_stops_nothing(outcome):
    invoker, result = await measured(
        lambda call: lawful(call, outcome=outcome) if call.memory.mb == 128 else lawful(call)
    )
    assert points(result)[128].outcome == outcome.error_type
    assert points(result)[128].n == 0
    assert points(result)[256].n == 10
    assert [call.memory.mb for call in invoker.calls].count(128) == 1
    assert result.cpu_ms == pytest.approx(50)
    assert CaveatCode.INVOCATION_FAILED in {caveat.code for caveat in result.caveats}


async def test_an_error_of_the_handler_is_measured_like_an_answer():
    _, result = await measured(lambda call: lawful(call, outcome=FunctionError(b"{}", "ValueError", "no")))
    assert points(result)[512].outcome == "ValueError"
    assert points(result)[512].n == 10
    assert result.cpu_ms == pytest.approx(50)


async def test_when_every_size_dies_there_is_a_result_without_a_law():
    _, result = await measured(lambda call: lawful(call, outcome=TimedOut(b"{}", 3)))
    assert {point.outcome for point in result.curve} == {"Sandbox.Timedout"}
    assert (result.cpu.n, result.cpu_ms, result.parallelism) == (0, 0, 0)


async def test_a_slow_function_gets_few_invocations_per_size():
    invoker, result = await measured(lambda call: lawful(call, law=Law(3000.0, 10.0, 1.0)))
    assert len(invoker.calls) == 8
    assert points(result)[512].n == 1


async def test_sizes_without_memory_enough_are_neither_run_nor_computed():
    _, result = await measured(lambda call: lawful(call, max_memory_mb=400.0))
    assert min(points(result)) == 512


async def test_given_sizes_are_run_beside_the_configured_one():
    _, result = await measured(lawful, sizes=[MemorySize(1024)])
    assert {mb for mb, point in points(result).items() if point.n} == {512, 1024}


async def test_parallel_work_counts_its_threads_however_throttled_time_was_added_up():
    two = Law(io_ms=0.0, cpu_ms=100.0, parallelism=2.0)
    _, result = await measured(lambda call: lawful(call, law=two, cpu_ms=100.0, throttled_ms=600.0), mb=512)
    assert result.parallelism == pytest.approx(2.0)


async def test_other_sizes_are_closed_when_the_lab_fails():
    def script(call):
        if call.memory.mb == 256:
            raise OSError
        return lawful(call)

    invoker = ScriptedInvoker(spec(), script)
    with pytest.raises(OSError):  # noqa: PT011
        await cpu.measure(invoker, EVENTS, progress=NoProgress())
    assert invoker.open_sizes == [512]
