import msgspec
from measure_fixture import EVENTS, HOST, Listener, facts, shuffle, spec

from headstart.measure.check import CheckOptions, Session, Subject, check
from headstart.measure.check_both import check_both
from headstart.model.bundle import BundleFacts, DeferralFacts
from headstart.model.caveats import Caveat, CaveatCode
from headstart.model.cpu_law import Law
from headstart.model.invocation import FunctionError, InitStatus
from headstart.model.results import CheckResult
from headstart.testing import ScriptedInvoker, ScriptedProfiler, init_report, report

GOVERNOR = Caveat(CaveatCode.CPU_BY_GOVERNOR, "signals")
LAW = Law(30.0, 5.0, 1.0)
MODULE = {
    "id": 0,
    "parent": -1,
    "module": "pandas",
    "self_ms": 300.0,
    "cumulative_ms": 300.0,
    "memory_kb": 40_960,
    "files": 90,
    "in_package": True,
    "distribution": "pandas",
    "importer": "app.py",
    "line": 3,
    "own_statement": True,
    "in_handler": False,
    "has_bytecode": False,
    "used": False,
}
PROBES = {
    "probe_imports": {"profiled_init_ms": 1000.0, "modules": [MODULE], "events": 4},
    "probe_allocations": {"sites": [{"path": "app.py", "line": 1, "source": "x", "bytes": 1024, "blocks": 1}]},
}


def invoker(function_ms):
    def script(call):
        init = init_report(50.0, function_ms) if call.fresh else None
        duration_ms = LAW.duration_ms(call.memory.mb)
        return report(duration_ms, init=init, caveats=(GOVERNOR,), memory_size_mb=call.memory.mb, cpu_ms=5.0)

    return ScriptedInvoker(spec(), script)


def subject(function_ms=500.0, *, precompiled_ms=None, code="f"):
    return Subject(
        invoker=invoker(function_ms),
        profiler=ScriptedProfiler(PROBES),
        events=EVENTS,
        function=facts(code=code),
        precompiled=invoker(precompiled_ms) if precompiled_ms else None,
    )


def session(**options):
    return Session(
        created="2026-11-23T10:00:00Z",
        host=HOST,
        shuffle=shuffle(),
        progress=Listener(),
        options=CheckOptions(**options),
    )


async def test_a_check_measures_explains_and_ranks():
    occasion = session()
    result = await check(subject(precompiled_ms=200.0), session=occasion)
    assert result.cold_start.init.median == 550
    assert result.imports.scale_ratio == 0.5
    assert len(result.memory.series_mb) == 60
    assert result.cpu.curve
    assert result.cost.total_per_million > 0
    assert [item.id for item in result.advice[:2]] == ["bytecode", "unused-import"]
    assert result.advice[0].saves_cold_ms == 300
    assert GOVERNOR in result.caveats
    assert len(set(result.caveats)) == len(result.caveats)
    started = [stage for kind, stage, *_ in occasion.progress.told if kind == "start"]
    assert started == ["cold starts", "imports", "memory", "cpu"]


async def test_a_result_survives_json():
    result = await check(subject(), session=session())
    assert msgspec.json.decode(msgspec.json.encode(result), type=CheckResult) == result


async def test_options_say_how_much():
    mine = subject()
    result = await check(mine, session=session(runs=3, warm_per_environment=2, memory_invocations=20, allocations=True))
    assert (result.cold_start.init.n, result.cold_start.warm.n) == (3, 6)
    assert len(result.memory.series_mb) == 20
    assert result.memory.allocations[0].path == "app.py"
    assert {probe for probe, _ in mine.profiler.calls} == {"probe_imports", "probe_allocations"}


async def test_two_packages_are_run_in_turn():
    old, new = await check_both(subject(code="a"), subject(300.0, precompiled_ms=100.0, code="b"), session=session())
    assert (old.cold_start.init.median, new.cold_start.init.median) == (550, 350)
    assert (old.function.code, new.function.code) == ("a", "b")
    assert "bytecode" not in {item.id for item in old.advice}
    assert "bytecode" in {item.id for item in new.advice}


async def test_the_new_result_has_the_comparison_and_what_each_step_to_a_bundle_saved():
    deferral = DeferralFacts(imports=12, events=2, proof=None)
    facts = BundleFacts(
        runtime="python3.11", architecture="x86_64", handler="app.handler", deferral=deferral, preloaded=7
    )
    bundle = msgspec.structs.replace(subject(100.0, code="b"), bundle=facts, eager=invoker(180.0))
    old, new = await check_both(subject(precompiled_ms=200.0, code="a"), bundle, session=session(runs=3))
    found = new.comparison
    assert old.comparison is None
    assert [(step.name, step.saves and round(step.saves.median)) for step in found.steps] == [
        ("the package as it was", None),
        ("with bytecode", 300),
        ("pruned", 20),
        ("12 imports deferred, 7 things preloaded", 80),
    ]
    assert (found.speedup.n, found.old_name, found.new_name) == (3, "a", "b")
    assert [each.cold_ratio for each in found.costs] == [0.001, 0.01, 0.1]
    assert all(each.new_usd < each.old_usd for each in found.costs)
    assert "bytecode" in {item.id for item in old.advice}


async def test_a_bundle_that_defers_nothing_is_pruned_and_what_is_none_has_no_steps():
    facts = BundleFacts(runtime="python3.11", architecture="x86_64", handler="app.handler")
    bundle = msgspec.structs.replace(subject(100.0), bundle=facts)
    _, new = await check_both(subject(precompiled_ms=200.0), bundle, session=session(runs=1))
    assert [step.name for step in new.comparison.steps] == ["the package as it was", "with bytecode", "pruned"]
    _, again = await check_both(bundle, bundle, session=session(runs=1))
    assert [step.name for step in again.comparison.steps] == ["the old bundle", "the new bundle"]
    _, other = await check_both(bundle, subject(), session=session(runs=1))
    assert other.comparison.steps == ()


async def test_a_function_that_never_starts_still_has_a_result_that_says_why():
    broken = FunctionError(b"{}", "Runtime.ImportModuleError", "No module named 'x'")
    failed = init_report(50.0, 10.0, status=InitStatus.ERROR)
    dead = ScriptedInvoker(spec(), lambda call: report(0.0, init=failed, outcome=broken))
    result = await check(
        msgspec.structs.replace(subject(), invoker=dead, profiler=ScriptedProfiler({"probe_imports": {}})),
        session=session(),
    )
    assert result.advice[0].id == "failures"
    assert "No module named 'x' (10 x)" in result.advice[0].evidence
    assert msgspec.json.decode(msgspec.json.encode(result), type=CheckResult) == result
