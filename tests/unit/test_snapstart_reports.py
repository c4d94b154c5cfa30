"""SnapStart on the screen, on the page, in JSON and in the exit code."""

import io
from html.parser import HTMLParser

import msgspec
import pytest
from cli_fixture import FakeLab, Terminal, function
from results_fixture import check_result
from rich.console import Console
from snapstart_fixture import snapstart_result

from headstart.measure.check import CheckOptions
from headstart.report import as_html, as_json, as_text


def with_snapstart(**changes):
    return msgspec.structs.replace(check_result(), snapstart=snapstart_result(**changes))


def printed(result, width=100):
    stream = io.StringIO()
    Console(file=stream, width=width, highlight=False).print(as_text.render(result))
    return " ".join(stream.getvalue().split())


def words_of(page):
    texts = []
    parser = HTMLParser()
    parser.handle_data = texts.append
    parser.feed(page)
    return " ".join(" ".join(texts).split())


SAID = (
    "2 things unsafe to snapshot",
    "in 2 restores with 3 events each",
    "Undecided: only AWS can show it.",
    "One restore costs as much as 8.4 s of init on demand",
    "1 hook ran before the snapshot, 1 after each restore: at most 44.0 ms of 10 s",
    "app.<ID>",
    "make it in the handler",
    "260–1,260",
)


@pytest.mark.parametrize("shown", [printed(with_snapstart()), words_of(as_html.render(with_snapstart()))])
def test_screen_and_page_say_whether_it_is_safe_and_pays(shown):
    assert [said for said in SAID if said not in shown] == []


def test_the_screen_says_once_what_is_the_same_of_several():
    shown = printed(with_snapstart())
    assert shown.count("the same in 2 restores") == 1
    assert "app.<ID> app.py:4 app.TOKEN app.py:5 the same" in shown
    assert "note thread refresh it runs on; to do: end it" in shown
    assert "SnapStart ~560 260–1,260 ~1,290 ~$3.87" in shown


def test_the_page_lists_hooks_in_order_with_what_they_raised():
    shown = words_of(as_html.render(with_snapstart()))
    assert "app.close app.py:9 1.25" in shown
    assert "app.connect app.py:12 40.5 OSError" in shown
    assert "model a restore of 500 ms" in shown


def test_what_was_not_observed_is_said_and_doubt_is_shown():
    shown = printed(with_snapstart(unobserved="snapshots are taken on Linux only", findings=(), before=(), after=()))
    assert "snapshots were not observed: snapshots are taken on Linux only" in shown
    assert "hook" not in shown
    assert "threads survive a snapshot on Lambda" in shown
    assert "nothing unsafe was seen in 2 restores" in printed(with_snapstart(findings=()))


def test_without_it_neither_says_a_word():
    assert "SnapStart" not in printed(check_result())
    assert "snapstart" not in as_html.render(check_result())


def test_it_is_kept_in_json():
    result = with_snapstart()
    assert as_json.decode(as_json.encode(result)) == msgspec.structs.replace(
        as_json.decode(as_json.encode(check_result())), snapstart=result.snapstart
    )


@pytest.fixture
def terminal(tmp_path, monkeypatch, capsysbinary):
    monkeypatch.chdir(tmp_path)
    function(tmp_path / "function")
    return Terminal(tmp_path, capsysbinary)


def test_the_flag_asks_for_it_and_what_is_unsafe_exits_1(terminal):
    lab = FakeLab(result=with_snapstart())
    said = terminal.type("check", "function", "--snapstart", lab=lab)
    assert lab.checked[0][1] == CheckOptions(snapstart=True)
    assert said.code == 1
    assert said.err.endswith("headstart: unsafe to snapshot: app.<ID>; app.TOKEN\n")


def test_a_setting_that_snapstart_does_not_support_exits_1(terminal):
    result = with_snapstart(findings=(), excluded=("the runtime is python3.11",))
    said = terminal.type("check", "function", "--snapstart", lab=FakeLab(result=result))
    assert said.code == 1
    assert said.err.endswith("headstart: SnapStart is not to be had: the runtime is python3.11\n")


def test_what_is_only_worth_knowing_exits_0(terminal):
    thread = snapstart_result().findings[-1:]
    assert (
        terminal.type("check", "function", "--snapstart", lab=FakeLab(result=with_snapstart(findings=thread))).code == 0
    )
