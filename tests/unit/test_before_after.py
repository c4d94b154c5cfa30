"""Two packages side by side: which figures are compared how, and what screen, page and JSON say of it."""

import re

import msgspec
import pytest
import results_fixture
from before_after_fixture import compared, scaled
from odd_results_fixture import HOSTILE, bare_result, hostile_result, mixed_results
from test_report_html import Page
from test_report_text import printed

from headstart.measure.compare import compare
from headstart.measure.pairs import each_run, first_answer_ms, speedup, steps
from headstart.model.caveats import Caveat, CaveatCode
from headstart.report import as_html, as_json, comparison_as_text

OLD = results_fixture.check_result()
COLD = OLD.cold_start


def with_cold(cold):
    return msgspec.structs.replace(OLD, cold_start=cold)


def drifting(ratio):
    """Runs whose host becomes slower from run to run, up to tenfold."""
    runs = tuple(
        scaled(msgspec.structs.replace(COLD, runs=(run,)), ratio * (1 + number)).runs[0]
        for number, run in enumerate(COLD.runs)
    )
    return scaled(msgspec.structs.replace(COLD, runs=runs), 1.0)


def differences(old, new, **more):
    return {each.name: each for each in compare(old, new, **more).differences}


def test_pairs_tell_apart_what_drift_hides():
    old, new = with_cold(drifting(1.0)), with_cold(drifting(0.7))
    assert differences(old, new)["init"].verdict == "same"
    assert differences(old, new, interleaved=True)["init"].verdict == "better"
    assert differences(new, old, interleaved=True)["first answer"].verdict == "worse"


def test_the_speedup_is_of_pairs_that_are_whole():
    found = speedup(COLD, scaled(COLD, 0.25), of=lambda init, _: init.init_ms)
    assert (found.n, found.median, found.median_low) == (10, pytest.approx(4.0), pytest.approx(4.0))
    lacking = msgspec.structs.replace(COLD, runs=COLD.runs[1:])
    assert speedup(lacking, COLD) is None
    assert compare(OLD, with_cold(lacking), interleaved=True).speedup is None
    assert compare(OLD, OLD).speedup is None


def test_steps_save_against_the_one_before():
    first, second, third = steps([("a", COLD), ("b", scaled(COLD, 0.5)), ("c", scaled(COLD, 0.6))])
    assert (first.saves, second.name) == (None, "b")
    a, b, c = (each_run(each, first_answer_ms) for each in (COLD, scaled(COLD, 0.5), scaled(COLD, 0.6)))
    assert second.saves.median == pytest.approx(sum(sorted(x - y for x, y in zip(a, b, strict=True))[4:6]) / 2)
    assert third.saves.median_high < 0
    assert second.saves_cpu.median == pytest.approx(-5 * third.saves_cpu.median)
    assert second.saves_cpu.median > 0
    assert third.first_answer.low == min(c)


def test_what_weighs_more_may_be_better():
    found = compared().comparison
    sizes = {each.name: each.verdict for each in found.differences if each.name.startswith("package")}
    assert sizes == {"package, unzipped": "worse", "package, zipped": "worse"}
    assert (found.verdict, found.memory_size_mb) == ("better", 512)


def test_memory_that_was_not_measured_is_left_out():
    assert "memory after init" not in differences(OLD, compared())
    assert differences(compared(), compared())["memory after init"].old == 25.0


def test_a_contended_host_is_told():
    contended = msgspec.structs.replace(COLD, caveats=(Caveat(CaveatCode.CONTENDED_HOST, "7 %"),))
    (caveat,) = compare(OLD, with_cold(contended), interleaved=True).caveats
    assert (caveat.code, caveat.detail) == (CaveatCode.CONTENDED_HOST, "new: 7 %")


SENTENCE = "first answer 1,331 → 497 ms (2.7 times, 2.67–2.70, n = 10 pairs at 512 MB)"


def test_the_screen_begins_with_the_first_answer_and_says_where_each_ms_went():
    screen = printed(comparison_as_text.render(compared().comparison))
    assert screen.splitlines()[1].strip() == SENTENCE
    for said in (
        "1,113 ms  1,101–1,150",
        "278 ms  275–288",
        "Where each ms went",
        "with bytecode",
        "-11.5 … -11.0",
        "$1.98",
    ):
        assert said in screen
    assert max(map(len, screen.splitlines())) <= 100


def test_results_of_other_times_are_not_called_pairs():
    screen = printed(comparison_as_text.render(compare(OLD, compared())))
    assert "first answer 1,331 → 497 ms (at 512 MB)" in screen
    assert "pair" not in screen
    assert "Where each ms went" not in screen


def test_the_page_has_bars_a_waterfall_and_tables():
    source = as_html.render(compared())
    page = Page(source)
    assert page.unbalanced == []
    assert SENTENCE in source
    assert '<a href="#before-after">' in source
    classes = [each.get("class") for each in page.attributes("rect")]
    assert (classes.count("before"), classes.count("after")) == (5, 5)
    assert (classes.count("saved"), classes.count("added")) == (2, 1)
    assert [each.get("class") for each in page.attributes("line")].count("whisker") == 8
    for said in ("+11.1 ms", "12 imports deferred", "40 MB zipped", "Cost per million invocations"):
        assert said in source


@pytest.mark.parametrize("result", [bare_result(), hostile_result(), *mixed_results()])
def test_any_part_of_either_may_be_empty_or_hostile(result):
    comparison = msgspec.structs.replace(compare(result, result, interleaved=True), steps=steps([(HOSTILE, COLD)] * 2))
    source = as_html.render(msgspec.structs.replace(result, comparison=comparison))
    assert Page(source).unbalanced == []
    assert HOSTILE not in source
    assert not re.search(r'(width|height)="-|="-?(nan|inf)', source)
    assert "same" in printed(comparison_as_text.render(comparison))


def test_the_page_of_a_check_alone_has_no_such_section():
    assert "before-after" not in as_html.render(OLD).partition("<body>")[2]


@pytest.mark.parametrize("old", [compared(), OLD])
def test_json_has_the_comparison(old):
    result = msgspec.structs.replace(OLD, comparison=compare(old, OLD))
    assert as_json.decode(as_json.encode(result)).comparison == result.comparison
