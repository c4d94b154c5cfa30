from decimal import Decimal

import msgspec
import pytest
from measure_fixture import HOST, cold_start, cost, cpu, facts, imports, memory, point

from headstart.measure.compare import compare, limits_exceeded
from headstart.model.caveats import CaveatCode
from headstart.model.results import CheckResult


def result(*, init_ms=800.0, used_mb=150.0, usd="0.6", host=HOST, code="old", **cold):
    return CheckResult(
        created="2026-11-23T10:00:00Z",
        function=facts(code=code),
        host=host,
        cold_start=cold_start(init_ms=init_ms, **cold),
        imports=imports(),
        memory=memory(used_mb=used_mb),
        cpu=cpu(point(512, 40.0, "0.5")),
        cost=cost(total_per_million=Decimal(usd)),
        advice=(),
        caveats=(),
    )


def verdicts(old, new, **more):
    return {difference.name: difference.verdict for difference in compare(old, new, **more).differences}


def test_each_figure_is_compared_and_less_is_better():
    comparison = compare(result(), result(init_ms=400.0, code="new"), interleaved=True)
    init = comparison.differences[0]
    assert (init.name, init.unit, init.verdict) == ("init", "ms", "better")
    assert init.ratio == pytest.approx(0.5)
    assert (comparison.old_name, comparison.new_name, comparison.verdict) == ("old", "new", "better")
    assert comparison.caveats == ()


def test_a_result_against_itself_is_the_same():
    comparison = compare(result(), result())
    assert {difference.verdict for difference in comparison.differences} == {"same"}
    assert comparison.verdict == "same"


def test_worse_and_mixed():
    assert compare(result(), result(used_mb=200.0)).verdict == "worse"
    assert compare(result(), result(init_ms=400.0, usd="0.9")).verdict == "mixed"


def test_intervals_that_overlap_and_two_percent_are_no_difference():
    wide = msgspec.structs.replace(cold_start().init, median=700.0, median_low=600.0)
    assert verdicts(result(), result(init=wide))["init"] == "same"
    assert verdicts(result(), result(init_ms=812.0))["init"] == "same"
    assert verdicts(result(), result(used_mb=152.9))["max memory used"] == "same"
    assert verdicts(result(), result(used_mb=153.1))["max memory used"] == "worse"


def test_what_one_of_them_lacks_is_left_out():
    assert "warm invocation" in verdicts(result(), result())
    assert "warm invocation" not in verdicts(result(), result(warm=None))


def test_what_weakens_the_comparison_is_told():
    other_host = msgspec.structs.replace(HOST, cpus=64)
    comparison = compare(result(), result(host=other_host, failures=("ValueError: no (1 x)",)))
    assert [caveat.code for caveat in comparison.caveats] == [
        CaveatCode.NOT_INTERLEAVED,
        CaveatCode.OTHER_HOST,
        CaveatCode.INVOCATION_FAILED,
    ]
    assert "new: ValueError" in comparison.caveats[-1].detail


def test_limits_that_are_kept_say_nothing():
    assert limits_exceeded(result()) == ()
    assert limits_exceeded(result(), max_init_ms=900, max_memory_ratio=0.5, max_usd_per_million=1) == ()


def test_each_limit_exceeded_is_a_sentence_with_figure_and_limit():
    init, ratio, usd = limits_exceeded(result(), max_init_ms=500, max_memory_ratio=0.25, max_usd_per_million=0.5)
    assert init == "init takes 800.0 ms (median), above --max-init-ms 500"
    assert ratio == "max memory used is 0.29 of the memory size (150 of 512 MB), above --max-memory-ratio 0.25"
    assert usd == "a million invocations cost $0.6000, above --max-usd-per-million 0.5"


def test_an_init_that_was_not_measured_keeps_no_limit():
    nothing = msgspec.structs.replace(cold_start().init, n=0, median=0.0)
    (sentence,) = limits_exceeded(result(init=nothing), max_init_ms=500)
    assert "not measured" in sentence
