"""Whatever is added arrives, in lines that CloudWatch takes."""

import contextlib
import io
import json
from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headstart_kit.embedded_metrics import UNITS, Metrics
from headstart_kit.errors import SettingError

LINE_BYTES_MAX = 256 * 1024


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("HEADSTART_METRICS_NAMESPACE", "HEADSTART_METRICS_SERVICE")
    for name in (*names, "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)


def written(metrics: Metrics, *additions: dict[str, Any]) -> list[dict[str, Any]]:
    """The lines of these additions, each held against the specification."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        for addition in additions:
            metrics.add(**addition)
        metrics.flush()
    return [conforming(line) for line in out.getvalue().splitlines(keepends=True)]


def conforming(text: str) -> dict[str, Any]:
    """A line that keeps to the embedded metric format: every limit, and every name a member of the root.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    assert len(text.encode()) <= LINE_BYTES_MAX
    line = json.loads(text)
    assert isinstance(line["_aws"]["Timestamp"], int)
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert set(directive) == {"Namespace", "Dimensions", "Metrics"}
    (dimensions,) = directive["Dimensions"]
    assert len(dimensions) <= 30
    assert all(isinstance(line[name], str) and 1 <= len(line[name]) <= 1024 for name in dimensions)
    assert 1 <= len(directive["Metrics"]) <= 100
    for metric in directive["Metrics"]:
        values = line[metric["Name"]]
        values = values if isinstance(values, list) else [values]
        assert 1 <= len(values) <= 100
        assert all(type(value) in (int, float) for value in values)
        assert metric["Unit"] in UNITS
    return line


def test_a_metric_is_one_line():
    metrics = Metrics("Shop", service="orders", now_s=lambda: 1_800_000_000.5)
    assert written(metrics, {"name": "OrderPlaced"}) == [
        {
            "_aws": {
                "Timestamp": 1_800_000_000_500,
                "CloudWatchMetrics": [
                    {
                        "Namespace": "Shop",
                        "Dimensions": [["service"]],
                        "Metrics": [{"Name": "OrderPlaced", "Unit": "Count"}],
                    }
                ],
            },
            "service": "orders",
            "requestId": None,
            "OrderPlaced": 1,
        }
    ]


def test_metrics_with_the_same_dimensions_share_a_line():
    lines = written(
        Metrics(service="orders"),
        {"name": "Placed", "value": 2},
        {"name": "Took", "value": 12.5, "unit": "Milliseconds"},
        {"name": "Placed", "value": 3, "dimensions": {"shop": "a", "till": "1"}},
        {"name": "Placed", "value": 4, "dimensions": {"till": "1", "shop": "a"}},
        {"name": "Placed", "value": 5},
    )
    plain, by_till = lines
    assert (plain["Placed"], plain["Took"]) == ([2, 5], 12.5)
    assert by_till["Placed"] == [3, 4]
    assert by_till["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service", "shop", "till"]]


def test_nothing_is_written_where_nothing_was_added():
    assert written(Metrics()) == []


def test_what_was_written_is_not_written_again():
    metrics = Metrics()
    assert len(written(metrics, {"name": "A"})) == 1
    assert written(metrics) == []


@pytest.mark.parametrize("level", ["WARN", "ERROR", "FATAL"])
def test_a_line_has_the_level_that_lambda_lets_through(level, monkeypatch):
    monkeypatch.setenv("AWS_LAMBDA_LOG_LEVEL", level)
    (line,) = written(Metrics(now_s=lambda: 1_800_000_000.5), {"name": "A"})
    assert (line["level"], line["timestamp"]) == (level, "2027-01-15T08:00:00.500Z")


def test_a_line_has_no_level_where_lambda_lets_all_through(monkeypatch):
    monkeypatch.setenv("AWS_LAMBDA_LOG_LEVEL", "INFO")
    assert "level" not in written(Metrics(), {"name": "A"})[0]


def test_namespace_and_service_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "fn")
    assert written(Metrics(), {"name": "A"})[0]["service"] == "fn"
    monkeypatch.setenv("HEADSTART_METRICS_NAMESPACE", "Shop")
    monkeypatch.setenv("HEADSTART_METRICS_SERVICE", "orders")
    line = written(Metrics(), {"name": "A"})[0]
    assert (line["service"], line["_aws"]["CloudWatchMetrics"][0]["Namespace"]) == ("orders", "Shop")


@pytest.mark.parametrize(("name", "value"), [("NAMESPACE", "AWS/Lambda"), ("NAMESPACE", ":x"), ("SERVICE", "x" * 256)])
def test_a_wrong_setting_is_told_at_once(name, value, monkeypatch):
    monkeypatch.setenv(f"HEADSTART_METRICS_{name}", value)
    with pytest.raises(SettingError, match=f"^HEADSTART_METRICS_{name} is '{value}'; "):
        Metrics()


@pytest.mark.parametrize(
    ("addition", "message"),
    [
        ({"name": ""}, "name is ''; allowed: 1 … 255 printable ASCII"),
        ({"name": "x" * 256}, "allowed: 1 … 255 printable ASCII"),
        ({"name": "größe"}, "name is 'größe'"),
        ({"name": "service"}, "metric service has the name of a dimension"),
        ({"name": "_aws"}, "metric _aws has the name of a"),
        ({"name": "level"}, "metric level has the name of a"),
        ({"name": "A", "value": float("nan")}, "metric A has value nan; allowed: numbers from"),
        ({"name": "A", "value": float("inf")}, "metric A has value inf"),
        ({"name": "A", "value": 2**361}, "metric A has value "),
        ({"name": "A", "value": True}, "metric A has value True"),
        ({"name": "A", "value": "1"}, "metric A has value '1'"),
        ({"name": "A", "unit": "ms"}, "metric A has unit 'ms'; allowed: Milliseconds, "),
        ({"name": "A", "dimensions": {"a": ""}}, "dimension 'a' is ''; allowed: "),
        ({"name": "A", "dimensions": {"a": 1}}, "dimension 'a' is 1; allowed: "),
        ({"name": "A", "dimensions": {":a": "1"}}, "dimension ':a' is '1'; allowed: "),
        ({"name": "A", "dimensions": {"a": "x" * 1025}}, "for the value 1 … 1024"),
        ({"name": "A", "dimensions": {"requestId": "x"}}, "dimension 'requestId' is 'x'; allowed: "),
        ({"name": "A", "dimensions": {f"d{n}": "x" for n in range(30)}}, "has 31 dimensions; allowed: 30"),
    ],
)
def test_what_cloudwatch_does_not_take_is_refused_when_it_is_added(addition, message):
    metrics = Metrics()
    with pytest.raises(ValueError, match=message):
        metrics.add(**addition)
    assert written(metrics) == []


def test_a_metric_has_one_unit():
    metrics = Metrics()
    metrics.add("A", 1, unit="Seconds")
    with pytest.raises(ValueError, match="metric A has unit 'Bytes', and had 'Seconds' before"):
        metrics.add("A", 1, unit="Bytes")
    assert written(metrics)[0]["A"] == 1


def test_the_longest_lines_fit():
    dimensions = {'"' * 250 + f"d{n:04d}": "\\" * 1024 for n in range(29)}
    names = ['"' * 250 + f"m{n:04d}" for n in range(100)]
    value = {"value": -1.2345678901234567e-300, "unit": "Kilobytes/Second", "dimensions": dimensions}
    lines = written(Metrics("n" * 255), *({"name": names[n % 100], **value} for n in range(9999)))
    assert sum(len(line[name]) for line in lines for name in names if name in line) == 9999
    assert max(len(json.dumps(line)) for line in lines) > 0.9 * LINE_BYTES_MAX


VALUES, TIMES = st.integers(-(2**70), 2**70), st.integers(1, 120)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 150), VALUES, st.sampled_from([None, "a", "b"]), TIMES), max_size=60))
def test_no_value_is_lost(drawn: list[tuple[int, int, str | None, int]]):
    additions: list[dict[str, Any]] = []
    sent: dict[tuple[str, str | None], list[float]] = defaultdict(list)
    for number, value, shop, times in drawn:
        dimensions = {"shop": shop} if shop else None
        additions += [{"name": f"m{number}", "value": value, "dimensions": dimensions}] * times
        sent[f"m{number}", shop] += [value] * times
    arrived: dict[tuple[str, str | None], list[float]] = defaultdict(list)
    for line in written(Metrics(), *additions):
        for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]:
            values = line[metric["Name"]]
            arrived[metric["Name"], line.get("shop")] += values if isinstance(values, list) else [values]
    assert arrived.keys() == sent.keys()
    assert all(arrived[key] == pytest.approx(values) for key, values in sent.items())


def test_a_loop_that_adds_for_ever_keeps_little():
    import tracemalloc

    metrics = Metrics()
    with contextlib.redirect_stdout(io.StringIO()) as out:
        tracemalloc.start()
        for number in range(50_000):
            metrics.add("Row", number)
            metrics.add("Cost", 0.5, dimensions={"row": str(number % 5000)})
            out.seek(0)
            out.truncate()
        kept_bytes, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert kept_bytes < 4_000_000
