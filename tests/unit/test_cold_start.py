import msgspec
import pytest
from measure_fixture import EVENTS, Listener, shuffle, spec

from headstart.measure import cold_start
from headstart.model.caveats import Caveat, CaveatCode
from headstart.model.invocation import FunctionError, InitStatus, OutOfMemory
from headstart.model.progress import NoProgress
from headstart.testing import ScriptedInvoker, init_report, report

GOVERNOR = Caveat(CaveatCode.CPU_BY_GOVERNOR, "share held by signals")
BROKEN = FunctionError(b"{}", "Runtime.ImportModuleError", "Unable to import module 'app': No module named 'x'")


def usual(call):
    return report(20.0, init=init_report(50.0, 100.0)) if call.fresh else report(4.0, caveats=(GOVERNOR,))


async def measured(script, *, runs=10, warm=5):
    invoker = ScriptedInvoker(spec(), script)
    result = await cold_start.measure(
        invoker, EVENTS, runs=runs, warm_per_environment=warm, shuffle=shuffle(), progress=NoProgress()
    )
    return invoker, result


async def test_a_cold_start_is_split_into_its_parts():
    _, result = await measured(usual)
    assert result.environments == 10
    assert (result.creation.median, result.boot.median, result.function_init.median) == (10, 50, 100)
    assert result.init.median == 150
    assert result.first_invocation.median == 20
    assert result.total.median == 180
    assert (result.warm.n, result.warm.median) == (50, 4)
    assert result.warm_billed_ms == 4
    assert len(result.runs) == 10
    assert result.failures == ()


async def test_each_environment_is_fresh_once_and_events_keep_their_weights():
    invoker, _ = await measured(usual)
    assert [call.fresh for call in invoker.calls] == [True, *[False] * 5] * 10
    cold = [call.event.name for call in invoker.calls if call.fresh]
    assert cold.count("rare") == 1
    assert sum(call.event.name == "rare" for call in invoker.calls if not call.fresh) == 5


async def test_a_caveat_is_told_once_with_how_many_have_it():
    _, result = await measured(usual)
    (governor,) = [caveat for caveat in result.caveats if caveat.code is GOVERNOR.code]
    assert governor.detail == "share held by signals (in 50 of 60 invocations)"


async def test_few_runs_and_a_wide_spread_are_doubted():
    durations = iter([10.0, 10.0, 900.0] * 10)
    _, result = await measured(lambda call: report(next(durations), init=init_report()), runs=3, warm=0)
    assert {caveat.code for caveat in result.caveats} == {CaveatCode.TOO_FEW_RUNS, CaveatCode.WIDE_SPREAD}
    assert result.warm is None


async def test_failures_are_counted_and_finished_rows_are_kept():
    outcomes = iter([None, BROKEN, None, BROKEN])

    def script(call):
        return report(5.0, init=init_report(), outcome=next(outcomes)) if call.fresh else report(1.0)

    _, result = await measured(script, runs=4)
    assert len(result.runs) == 4
    assert result.failures == (f"{BROKEN.error_type}: {BROKEN.message} (2 x)",)
    assert Caveat(CaveatCode.INVOCATION_FAILED, "2 of 24 invocations failed") in result.caveats


async def test_failures_that_name_their_request_are_one_kind():
    numbers = iter(range(100))

    def script(_):
        request_id = f"request-{next(numbers)}"
        outcome = FunctionError(b"{}", "InternalError", f"it is in the log under {request_id}")
        return msgspec.structs.replace(report(5.0, init=init_report(), outcome=outcome), request_id=request_id)

    _, result = await measured(script, runs=3, warm=0)
    assert result.failures == ("InternalError: it is in the log under … (3 x)",)


async def test_when_init_always_fails_there_is_a_result_and_no_warm_invocation():
    failed = init_report(50.0, 30.0, status=InitStatus.ERROR, error_type=BROKEN.error_type)
    invoker, result = await measured(lambda call: report(0.0, init=failed, outcome=BROKEN))
    assert len(invoker.calls) == 10
    assert result.init.median == 80
    assert result.warm is None
    assert result.warm_billed_ms == 0


async def test_an_environment_that_dies_gets_no_more_events():
    def script(call):
        return usual(call) if call.fresh else report(9.0, outcome=OutOfMemory(b"{}", 512))

    invoker, result = await measured(script)
    assert len(invoker.calls) == 20
    assert result.failures == ("Runtime.OutOfMemory (10 x)",)


async def test_several_functions_are_run_in_turn_with_the_same_events():
    order = []

    def noting(name):
        def script(call):
            order.append((name, call.event.name, call.fresh))
            return usual(call)

        return ScriptedInvoker(spec(), script)

    slow, fast = await cold_start.measure_interleaved(
        [noting("a"), noting("b")], EVENTS, runs=3, warm_per_environment=1, shuffle=shuffle(), progress=NoProgress()
    )
    assert [name for name, _, _ in order] == ["a", "a", "b", "b"] * 3
    assert [entry[1:] for entry in order if entry[0] == "a"] == [entry[1:] for entry in order if entry[0] == "b"]
    assert slow.init == fast.init


async def test_progress_ends_even_when_the_lab_fails():
    def script(_):
        raise OSError

    told = Listener()
    with pytest.raises(OSError):  # noqa: PT011
        await cold_start.measure(ScriptedInvoker(spec(), script), EVENTS, shuffle=shuffle(), progress=told)
    assert told.told == [("start", "cold starts", 10), ("finish", "cold starts")]
