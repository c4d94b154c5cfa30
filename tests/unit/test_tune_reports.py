"""What the reports of tuning say: the sentence on top, the table, the page with its picture, JSON there and back."""

import io
import re

import msgspec
import pytest
import tune_result_fixture
from rich.console import Console
from test_report_html import Page

from headstart.errors import ConfigError
from headstart.model.cpu_law import Mechanism
from headstart.model.tuning import Estimate, Goal, Recommendation
from headstart.report import tune_as_html, tune_as_json, tune_as_text, tune_words

RESULTS = {
    "usual": tune_result_fixture.tune_result(),
    "nothing fits": tune_result_fixture.nothing_fits(),
    "all failed": tune_result_fixture.all_failed(),
    "interrupted": tune_result_fixture.interrupted(),
}


def printed(result, *, width=100, encoding="utf-8"):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    Console(file=stream, width=width, highlight=False).print(tune_as_text.render(result))
    return raw.getvalue().decode(encoding)


def row(screen: str, size: str) -> list[str]:
    table = screen.partition("Memory sizes")[2]
    return next(line.split() for line in table.splitlines() if size in line.split())


def recommending(**changes) -> Recommendation:
    return msgspec.structs.replace(tune_result_fixture.tune_result().recommendations[0], **changes)


def test_the_first_sentence_is_the_size_against_the_present_one():
    assert tune_words.verdict(tune_result_fixture.tune_result()) == (
        "512 MB: 31 % cheaper, 8 % slower than your 1,024 MB; $0.76 a month less at 1,000,000 invocations; "
        "settled after 17 invocations, usual 60"
    )


@pytest.mark.parametrize(
    ("chosen", "changes", "said"),
    [
        (
            recommending(memory_mb=1769, saves_usd_month=Estimate(-0.47, -0.6, -0.3)),
            {},
            "1,769 MB: 19 % dearer, 42 % faster than your 1,024 MB; $0.47 a month more at",
        ),
        (recommending(memory_mb=1024), {}, "1,024 MB: the size that it has is the cheapest; settled after"),
        (recommending(memory_mb=256), {}, "256 MB: 22 % cheaper, 2.4 times slower than your 1,024 MB; $0.76"),
        (recommending(), {"is_settled": False}, "; not settled after 17 invocations, usual 60"),
        (recommending(memory_mb=6000), {}, "6,000 MB: the cheapest; "),
    ],
)
def test_the_first_sentence_says_more_less_the_same_and_unsettled(chosen, changes, said):
    result = msgspec.structs.replace(tune_result_fixture.tune_result(), recommendations=(chosen,), **changes)
    assert said in tune_words.verdict(result)


def test_a_present_size_that_fails_is_not_compared_with():
    result = tune_result_fixture.tune_result()
    function = msgspec.structs.replace(result.function, memory_mb=128)
    said = tune_words.verdict(msgspec.structs.replace(result, function=function))
    assert said.startswith("512 MB: the cheapest; your 128 MB fails;")


def test_the_screen_tells_measured_predicted_and_failed_sizes_apart():
    screen = printed(tune_result_fixture.tune_result())
    assert row(screen, "512")[:6] == ["→", "512", "6", "181", "176–192", "181/192/192"]
    assert row(screen, "512")[-4:] == ["$1.69", "1.62–1.77", "97", "%"]
    assert row(screen, "~768")[1:4] == ["–", "150", "135–165"]
    assert row(screen, "128") == ["128", "0/1", *"–––––––––"]
    assert row(screen, "1,024")[0] == "·"
    assert "128 MB: 0 of 1 succeeded, 1 out of memory; not usable: out of memory" in screen
    assert "97 % sure to be within 5 % of the cheapest" in screen
    assert "arm64    512 MB: $1.39 per million (1.15–1.66)" in screen
    assert "Why it ended  the choice is settled" in screen
    assert "64.2 ms + 34.0 ms of CPU / share^1.1" in screen
    assert "17 invocations of the usual 60; list prices of 2026-07" in screen
    assert "of the usual 60, which cost $0.000029; list" in printed(tune_result_fixture.interrupted())
    assert "other programs took CPU from the function" in screen


def test_a_size_that_answered_and_yet_cannot_be_used_has_times_and_a_reason():
    result = tune_result_fixture.tune_result()
    reason = "needs about 301 MB with Lambda's own processes"
    short = msgspec.structs.replace(
        result.sizes[1],
        is_usable=False,
        reason=reason,
        tuned_ms=Estimate(0.0, 0.0, 0.0),
        cost=Estimate(0.0, 0.0, 0.0),
    )
    result = msgspec.structs.replace(result, sizes=(short, *result.sizes[2:]))
    screen = printed(result)
    assert row(screen, "256") == ["256", "6", *"––", "402/426/426", "310", "402", "151", *"–––"]
    assert f"256 MB: 6 of 6 succeeded; not usable: {reason}" in screen
    assert "not usable" in Page(tune_as_html.render(result)).texts["span"]


def test_a_short_function_is_told_by_the_periods_of_the_quota():
    result = tune_result_fixture.tune_result()
    law = msgspec.structs.replace(result.law, mechanism=Mechanism.QUOTA)
    assert "34.0 ms of CPU in periods of the CPU quota" in printed(msgspec.structs.replace(result, law=law))


def test_a_size_has_the_time_that_it_is_chosen_by_and_what_was_seen_beside_it():
    result = tune_result_fixture.tune_result()
    mixed = msgspec.structs.replace(result.sizes[1], tuned_ms=Estimate(300.0, 290.0, 310.0))
    result = msgspec.structs.replace(result, sizes=(mixed, *result.sizes[2:]))
    assert row(printed(result), "256")[2:5] == ["300", "290–310", "402/426/426"]
    cold = msgspec.structs.replace(result, is_cold=True)
    assert row(printed(cold), "256")[2:5] == ["300", "290–310", "764/764/764"]
    assert "256 MB: 300 ms (measured, n = 6)" in Page(tune_as_html.render(result)).texts["title"]


def test_of_many_predicted_sizes_the_likeliest_are_on_the_screen_and_all_on_the_page():
    many = tuple(
        tune_result_fixture.predicted(2000 + step, 90.0, 3.0, near_best_ratio=step / 100) for step in range(1, 30)
    )
    result = msgspec.structs.replace(tune_result_fixture.tune_result(), sizes=(*tune_result_fixture.SIZES, *many))
    screen, page = printed(result), tune_as_html.render(result)
    assert "~2,029" in screen
    assert "~2,001" not in screen
    assert "~3,008" in screen
    assert "2,001 MB" in page


@pytest.mark.parametrize("result", RESULTS.values(), ids=RESULTS)
@pytest.mark.parametrize(("width", "encoding"), [(60, "utf-8"), (100, "ascii"), (200, "utf-8")])
def test_no_line_is_wider_than_the_terminal(result, width, encoding):
    assert max(map(len, printed(result, width=width, encoding=encoding).splitlines())) <= width


@pytest.mark.parametrize("result", RESULTS.values(), ids=RESULTS)
def test_the_page_nests_loads_nothing_and_says_the_verdict(result):
    source = tune_as_html.render(result)
    page = Page(source)
    assert page.unbalanced == []
    assert not [attributes for _, attributes in page.tags if "src" in attributes or "style" in attributes]
    assert page.attributes("script") == []
    policy = next(meta["content"] for meta in page.attributes("meta") if "http-equiv" in meta)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script-src" not in policy
    assert tune_words.verdict(result) in page.texts["h2"]


def test_the_page_draws_time_and_cost_with_measured_and_predicted_points():
    page = Page(tune_as_html.render(tune_result_fixture.tune_result()))
    classes = [attributes.get("class") for _, attributes in page.tags]
    assert (classes.count("measured"), classes.count("modelled")) == (8, 4)
    assert (classes.count("interval"), classes.count("model-line"), classes.count("model-band")) == (8, 2, 2)
    assert (classes.count("configured"), classes.count("present")) == (2, 2)
    assert "512 MB: 181 ms (measured, n = 6)" in page.texts["title"]
    assert "3,008 MB: $4.81 per million (predicted)" in page.texts["title"]
    heights = [float(circle["cy"]) for circle in page.attributes("circle")[:6]]
    assert heights[0] == min(heights)


def test_sizes_are_as_far_apart_as_they_are_doublings():
    page = Page(tune_as_html.render(tune_result_fixture.tune_result()))
    first, second, _, fourth, *_ = (float(circle["cx"]) for circle in page.attributes("circle"))
    assert second - first == pytest.approx(fourth - second, abs=0.1)


def test_a_function_whose_every_size_failed_has_no_picture():
    assert "<svg" not in tune_as_html.render(tune_result_fixture.all_failed())


def test_what_a_function_is_called_cannot_break_the_page():
    result = tune_result_fixture.tune_result()
    hostile = msgspec.structs.replace(result.function, name="<script>alert(1)</script>", source="</body>")
    source = tune_as_html.render(msgspec.structs.replace(result, function=hostile, ended="<b>"))
    assert "<script" not in source
    assert source.count("</body>") == 1
    assert "<b>." not in source


@pytest.mark.parametrize("result", RESULTS.values(), ids=RESULTS)
def test_json_comes_back_as_the_same_result(result):
    assert tune_as_json.decode(tune_as_json.encode(result)) == result


def test_json_of_another_format_is_refused():
    document = re.sub(rb'"format": 1', b'"format": 7', tune_as_json.encode(tune_result_fixture.tune_result()))
    with pytest.raises(ConfigError, match="has format 7; this version reads format 1"):
        tune_as_json.decode(document)


def test_every_goal_has_a_name():
    result = tune_result_fixture.nothing_fits()
    assert [tune_words.goal(result, goal) for goal in Goal] == [
        "the cheapest",
        "the fastest",
        "the best balance, 50 % cost",
        "the cheapest with a p99 of 50.0 ms or less",
    ]
