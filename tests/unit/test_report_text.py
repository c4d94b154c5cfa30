"""The screen: what it says, and that it is safe on every terminal."""

import io
import re

import msgspec
import pytest
from odd_results_fixture import bare_result, hostile_result, mixed_results
from results_fixture import check_result, comparison_result
from rich.console import Console

from headstart.model.caveats import Caveat, CaveatCode
from headstart.report import as_text, comparison_as_text
from headstart.report.terminal import PIPED_WIDTH, bar, open_console


def printed(renderable, *, width=100, encoding="utf-8", **options):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    Console(file=stream, width=width, highlight=False, **options).print(renderable)
    return raw.getvalue().decode(encoding)


def test_one_screen_says_where_the_time_goes_and_what_to_do():
    screen = printed(as_text.render(check_result()))
    for said in (
        "python3.11 · 512 MB · x86_64 · eu-central-1",
        "1,344 ms",
        "function init",
        "pandas             427.6        4.1  34.2  unused          app.py:4",
        "151 MB used at most of 512 MB (30 %)",
        "leaks, growth 41.6 MB per 1,000 invocations (38.9–44.3, n = 60)",
        "$2.05 per million, $10.26 per month",
        "1. Import pandas only where it is used  app.py:4",
        "−449 ms per cold start · −$0.04 per month (measured)",
        "(computed)",
        "7 % of the wall time was lost",
    ):
        assert said in screen
    assert len(screen.splitlines()) <= 56


def test_ranked_advice_comes_before_the_caveats():
    screen = printed(as_text.render(check_result()))
    order = [
        screen.index(title) for title in ("Cold start", "Imports", "Memory", "CPU", "Cost", "What to do", "Caveats")
    ]
    assert order == sorted(order)


def test_model_points_are_told_apart_from_measured_ones():
    rows = printed(as_text.render(check_result())).splitlines()
    durations = next(row for row in rows if row.startswith("warm duration"))
    assert durations.split()[3:] == ["out", "of", "memory", "424", "211", "106", "~62.4", "~61.9", "~61.9"]
    assert any("~ is the model" in row and "3.4 %" in row for row in rows)


@pytest.mark.parametrize("width", [60, 80, 100, 200])
@pytest.mark.parametrize("result", [check_result(), bare_result(), hostile_result()], ids=["full", "bare", "hostile"])
def test_no_line_is_wider_than_the_terminal(width, result):
    lines = printed(as_text.render(result), width=width).splitlines()
    assert max(len(line) for line in lines) <= min(width, 110)


def test_figures_are_whole_at_80_columns():
    screen = printed(as_text.render(check_result()), width=80)
    assert "427.6        4.1  34.2" in screen
    assert "requests  $0.20  duration  $1.76  init  $0.09  storage  $0.00" in screen


@pytest.mark.parametrize("result", mixed_results())
def test_any_part_may_be_empty(result):
    assert "What to do" in printed(as_text.render(result))
    assert as_text.headline_advice(result).endswith(".")


@pytest.mark.parametrize("result", [check_result(), bare_result(), hostile_result()], ids=["full", "bare", "hostile"])
def test_an_ascii_stream_gets_ascii(result):
    assert printed(as_text.render(result), encoding="ascii").isascii()


def test_names_cannot_send_control_sequences_or_markup():
    screen = printed(as_text.render(hostile_result()), width=110)
    assert "\x1b" not in screen
    assert "[bold]x[/]" in screen


def test_colour_only_where_the_terminal_has_it():
    assert "\x1b[" in printed(as_text.render(check_result()), force_terminal=True, color_system="standard")
    plain = printed(as_text.render(check_result()), force_terminal=True, color_system="standard", no_color=True)
    assert not re.search(r"\x1b\[[\d;]*\b(3\d|4\d|9\d)\b", plain)


def test_a_piped_console_is_100_plain_columns():
    stream = io.StringIO()
    assert open_console(stream).width == PIPED_WIDTH
    open_console(stream).print(as_text.render(check_result()))
    assert "\x1b" not in stream.getvalue()


def test_caveats_of_parts_are_shown_once_each():
    caveat = Caveat(CaveatCode.TOO_FEW_RUNS, "cold start: n = 3")
    result = check_result()
    cold = msgspec.structs.replace(result.cold_start, caveats=(caveat, caveat))
    screen = printed(as_text.render(msgspec.structs.replace(result, cold_start=cold)))
    assert screen.count("cold start: n = 3") == 1
    assert "raise --runs" in screen


def test_headline_advice_is_one_sentence_with_its_figure():
    assert as_text.headline_advice(check_result()) == (
        "The one change that matters most: Import pandas only where it is used (app.py:4), which saves 449 ms per cold "
        "start and $0.04 per month (measured)."
    )
    assert as_text.headline_advice(bare_result()).startswith("Nothing stands out")


def test_comparison_shows_each_verdict():
    screen = printed(comparison_as_text.render(comparison_result()))
    assert "main → lazy-pandas  run in turn" in screen
    assert "cold start        1,340 ms    891 ms     × 0.66   better" in screen
    assert "worse" in screen
    assert "449 ms off the cold start" in screen
    assert "raise --runs" in screen


def test_bar_gives_every_part_a_cell_and_keeps_its_length():
    line = bar([(1000.0, "a", ""), (0.1, "b", ""), (0.0, "c", ""), (500.0, "d", "")], 30).plain
    assert len(line) == 30
    assert (line.count("b"), line.count("c")) == (1, 0)
    assert bar([(0.0, "a", "")], 10).plain == ""
    assert bar([(25.0, "a", "")], 8, whole=100.0).plain == "aa──────"
