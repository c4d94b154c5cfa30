"""Each line is one JSON object with the ids of its invocation, and no field makes a call fail."""

import datetime
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart_kit.errors import SettingError
from headstart_kit.invocations import Invocation
from headstart_kit.json_log import LINE_BYTES_MAX, Log
from headstart_kit.settings import Secret

TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


class Context:
    aws_request_id = "3f0c"


class Hostile:
    def __repr__(self) -> str:
        raise OSError("no")


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOG_LEVEL", "AWS_LAMBDA_LOG_LEVEL", "HEADSTART_LOG_SAMPLE_RATIO", "AWS_LAMBDA_FUNCTION_NAME"):
        monkeypatch.delenv(name, raising=False)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def during(invocation: Invocation, log: Log, *messages: str) -> None:
    with invocation:
        for message in messages:
            log.debug(message)


def test_a_line_has_the_ids_of_its_invocation(monkeypatch, capsys):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "orders")
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", TRACE)
    with Invocation({}, Context(), number=1):
        Log().info("order placed", order_id=7, total="12.50")
    (line,) = lines(capsys)
    moment = datetime.datetime.fromisoformat(line.pop("timestamp"))
    assert moment.utcoffset() == datetime.timedelta(0)
    assert line == {
        "level": "INFO",
        "message": "order placed",
        "requestId": "3f0c",
        "trace_id": "5759e988bd862e3fe1be46a994272793",
        "span_id": "53995c3f42cd8ad8",
        "function_name": "orders",
        "cold_start": True,
        "order_id": 7,
        "total": "12.50",
    }


def test_outside_of_lambda_a_line_has_no_ids(monkeypatch, capsys):
    monkeypatch.delenv("_X_AMZN_TRACE_ID", raising=False)
    Log().info("hello")
    assert lines(capsys)[0].keys() == {"timestamp", "level", "message", "cold_start"}


def test_a_field_does_not_replace_what_a_line_has(capsys):
    Log().info("hello", level="high", cold_start="no", message="other")
    line = lines(capsys)[0]
    assert (line["level"], line["level_"]) == ("INFO", "high")
    assert (line["cold_start"], line["cold_start_"]) == (False, "no")
    assert (line["message"], line["message_"]) == ("hello", "other")


def test_an_exception_has_its_type_message_and_stack(capsys):
    def start() -> None:
        try:
            {}["DB_HOST"]
        except KeyError as error:
            raise ValueError("no\nsettings") from error

    try:
        start()
    except ValueError as error:
        Log().error("cannot start", error=error)
    error = lines(capsys)[0]["error"]
    assert (error["type"], error["message"]) == ("ValueError", "no\nsettings")
    stack = "".join(error["stack"])
    assert "KeyError: 'DB_HOST'" in stack
    assert "test_json_log.py" in stack


def test_what_is_not_json_is_written_as_its_repr(capsys):
    circle: list[object] = []
    circle.append(circle)
    Log().info("odd", when=datetime.date(2026, 11, 25), raw=b"\xff", nan=float("nan"), keys={(1, 2): 3}, circle=circle,
               hostile=Hostile(), lone="\ud800", fine=[1])  # fmt: skip
    line = lines(capsys)[0]
    assert line["when"] == "datetime.date(2026, 11, 25)"
    assert line["raw"] == "b'\\xff'"
    assert line["nan"] == "nan"
    assert line["keys"] == "{(1, 2): 3}"
    assert line["circle"] == "[[...]]"
    assert line["hostile"] == "<Hostile whose repr raises OSError>"
    assert line["lone"] == "\ud800"
    assert line["fine"] == [1]


def test_a_secret_stays_one(capsys):
    Log().info("settings", password=Secret("hunter2"), nested={"all": [Secret("hunter2")]})
    assert "hunter2" not in capsys.readouterr().out


PLAIN = st.none() | st.floats() | st.text() | st.binary() | st.dates() | st.integers()
KEYS = st.text() | st.integers() | st.tuples(st.integers())


@given(st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner) | st.builds(ValueError, inner)))
def test_no_field_makes_a_call_fail(value: object):
    import contextlib
    import io

    with contextlib.redirect_stdout(io.StringIO()) as out:
        Log().info("any", value=value)
    (line,) = out.getvalue().splitlines()
    assert json.loads(line)["message"] == "any"


def test_a_line_that_lambda_would_cut_is_cut_by_field(capsys):
    Log().info("x" * 300_000, rows=["\U0001f600" * 10] * 50_000, small=7)
    out = capsys.readouterr().out
    assert len(out.encode()) <= LINE_BYTES_MAX
    line = json.loads(out)
    assert line["message"].endswith("x … of 300000 characters")
    assert line["small"] == 7


@pytest.mark.parametrize(
    ("variables", "written"),
    [
        ({}, ["INFO", "WARN", "ERROR"]),
        ({"LOG_LEVEL": "debug"}, ["DEBUG", "INFO", "WARN", "ERROR"]),
        ({"LOG_LEVEL": "WARNING"}, ["WARN", "ERROR"]),
        ({"LOG_LEVEL": ""}, ["INFO", "WARN", "ERROR"]),
        ({"AWS_LAMBDA_LOG_LEVEL": "TRACE"}, ["DEBUG", "INFO", "WARN", "ERROR"]),
        ({"AWS_LAMBDA_LOG_LEVEL": "ERROR"}, ["ERROR"]),
        ({"AWS_LAMBDA_LOG_LEVEL": "FATAL"}, []),
        ({"AWS_LAMBDA_LOG_LEVEL": "WARN", "LOG_LEVEL": "DEBUG"}, ["WARN", "ERROR"]),
        ({"AWS_LAMBDA_LOG_LEVEL": "DEBUG", "LOG_LEVEL": "WARN"}, ["WARN", "ERROR"]),
    ],
)
def test_the_level_decides(variables, written, monkeypatch, capsys):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    log = Log()
    log.debug("d")
    log.info("i")
    log.warning("w")
    log.error("e")
    assert [line["level"] for line in lines(capsys)] == written


@pytest.mark.parametrize(("name", "value"), [("LOG_LEVEL", "LOUD"), ("HEADSTART_LOG_SAMPLE_RATIO", "2")])
def test_a_wrong_setting_is_told_at_once(name, value, monkeypatch):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingError, match=rf"^{name} is '{value}'; allowed: "):
        Log()


def test_an_invocation_is_sampled_as_a_whole(capsys):
    chances = iter([0.3, 0.6, 0.1])
    log = Log(sample_ratio=0.5, chance=lambda: next(chances))
    for number in (1, 2, 3):
        during(Invocation(number=number), log, f"{number} first", f"{number} second")
    assert [line["message"] for line in lines(capsys)] == ["1 first", "1 second", "3 first", "3 second"]


def test_a_share_of_all_invocations_is_sampled(capsys):
    log = Log(sample_ratio=0.1)
    for number in range(2000):
        during(Invocation(number=number), log, "debug")
    assert 120 <= len(lines(capsys)) <= 290  # six standard deviations


def test_nothing_is_sampled_that_lambda_would_drop(monkeypatch, capsys):
    monkeypatch.setenv("AWS_LAMBDA_LOG_LEVEL", "INFO")
    during(Invocation(number=1), Log(sample_ratio=1), "debug")
    assert lines(capsys) == []
