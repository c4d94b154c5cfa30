import random

from measure_fixture import EVENTS, Listener, spec

from headstart.measure import memory
from headstart.model.caveats import CaveatCode
from headstart.model.invocation import OutOfMemory
from headstart.model.progress import NoProgress
from headstart.testing import ScriptedInvoker, ScriptedProfiler, init_report, report


def script(memory_mb, *, duration_ms=5.0):
    step = iter(range(10_000))

    def answer(call):
        used_mb = memory_mb(next(step))
        init = init_report(peak_memory_mb=70.0) if call.fresh else None
        return report(duration_ms, init=init, memory_mb=used_mb, max_memory_mb=used_mb + 5)

    return answer


async def measured(answer, *, invocations=60, **more):
    invoker = ScriptedInvoker(spec(), answer)
    return invoker, await memory.measure(
        invoker, EVENTS, invocations=invocations, progress=more.pop("progress", NoProgress()), **more
    )


async def test_peaks_and_the_series_of_one_environment():
    invoker, result = await measured(script(lambda step: 50.0))
    assert [call.fresh for call in invoker.calls] == [True, *[False] * 60]
    assert result.series_mb == (50.0,) * 60
    assert (result.peak_init_mb, result.peak_invoke_mb, result.max_used_mb) == (70, 55, 70)
    assert (result.leaks, result.growth_mb_per_1000) == (False, 0)
    assert result.memory_size_mb == 512
    assert result.caveats == ()


async def test_steady_growth_is_a_leak_with_its_slope():
    noise = random.Random(3)
    _, result = await measured(script(lambda step: 50 + 0.02 * step + noise.uniform(-0.01, 0.01)))
    assert len(result.series_mb) == 180
    assert result.leaks
    assert 19 < result.growth_mb_per_1000 < 21
    assert result.growth_low < 20 < result.growth_high


async def test_growth_that_ends_or_one_step_is_no_leak():
    _, warmed = await measured(script(lambda step: min(60.0, 50 + step)))
    _, stepped = await measured(script(lambda step: 50.0 if step < 46 else 50.4))
    assert not warmed.leaks
    assert stepped.growth_low > 0
    assert not stepped.leaks


async def test_growth_that_flattens_out_is_no_leak_although_it_seemed_one():
    _, result = await measured(script(lambda step: 60 - 10 * 0.98**step))
    assert len(result.series_mb) == 180
    assert not result.leaks


async def test_growth_slower_than_1_mb_per_1000_is_no_leak():
    _, result = await measured(script(lambda step: 50 + 0.0005 * step))
    assert result.growth_low > 0
    assert not result.leaks


async def test_an_environment_that_dies_ends_the_series_and_keeps_it():
    def answer(call):
        if call.fresh:
            return report(init=init_report())
        return report() if len(invoker.calls) < 10 else report(outcome=OutOfMemory(b"{}", 512), max_memory_mb=512.0)

    invoker = ScriptedInvoker(spec(), answer)
    result = await memory.measure(invoker, EVENTS, progress=NoProgress())
    assert len(invoker.calls) == 10
    assert result.max_used_mb == 512
    assert {caveat.code for caveat in result.caveats} == {CaveatCode.TOO_FEW_RUNS, CaveatCode.INVOCATION_FAILED}


async def test_a_slow_function_gets_fewer_invocations_but_enough_for_a_slope():
    invoker, result = await measured(script(lambda step: 50.0, duration_ms=20_000.0))
    assert len(invoker.calls) == memory.INVOCATIONS_MIN + 1
    assert len(result.series_mb) == memory.INVOCATIONS_MIN


async def test_one_cold_invocation_alone_is_a_result():
    _, result = await measured(script(lambda step: 50.0), invocations=0)
    assert result.series_mb == ()
    assert result.peak_invoke_mb == 55


async def test_allocations_are_found_on_demand():
    site = {"path": "app.py", "line": 4, "source": "CACHE[i] = bytes(n)", "bytes": 3 * 1024 * 1024, "blocks": 12}
    profiler = ScriptedProfiler({"probe_allocations": {"sites": [site]}})
    told = Listener()
    _, result = await measured(script(lambda step: 50.0), profiler=profiler, progress=told)
    (found,) = result.allocations
    assert (found.path, found.line, found.mb, found.blocks) == ("app.py", 4, 3.0, 12)
    assert [(probe, len(events)) for probe, events in profiler.calls] == [("probe_allocations", 20)]
    assert told.told[0] == ("start", "memory", 61)
    assert told.told[-1] == ("finish", "memory")
