"""The files of a report: JSON there and back, the trace's lanes, and writing them."""

import json
from itertools import pairwise

import msgspec
import pytest
from import_tree_fixture import import_tree, large_tree, node
from odd_results_fixture import bare_result, hostile_result, mixed_results
from results_fixture import check_result

from headstart.errors import ConfigError, RequestError
from headstart.report import as_json, as_trace, journal
from headstart.report.write import write


def test_json_comes_back_as_the_same_result_without_answers_and_the_function_log():
    result = check_result()
    back = as_json.decode(as_json.encode(result))
    logs = [[line.source for line in run.log] for run in back.cold_start.runs]
    assert logs == [["platform", "platform"]] * 10
    assert {run.outcome.payload for run in back.cold_start.runs} == {b""}
    assert back.cold_start.runs == tuple(as_json.without_content(run) for run in result.cold_start.runs)
    assert msgspec.structs.replace(back, cold_start=result.cold_start) == result


def test_json_is_stable_and_has_no_function_log():
    encoded = as_json.encode(check_result())
    assert encoded == as_json.encode(as_json.decode(encoded))
    assert b"secret" not in encoded
    assert list(json.loads(encoded))[:3] == ["format", "created", "function"]


def test_the_journal_has_each_report_at_once_and_nothing_private(tmp_path):
    path = tmp_path / "invocations.jsonl"
    runs = check_result().cold_start.runs
    with journal.kept(path) as keep:
        for done, run in enumerate(runs, start=1):
            keep(run)
            assert len(path.read_text().splitlines()) == done
    assert "secret" not in path.read_text()
    assert json.loads(path.read_text().splitlines()[0])["request_id"] == runs[0].request_id


@pytest.mark.parametrize("result", [hostile_result(), check_result(large_tree(1_500)), *mixed_results()])
def test_json_of_unusual_results_comes_back(result):
    assert as_json.decode(as_json.encode(result)).imports == result.imports
    assert json.loads(as_trace.encode(result))["traceEvents"]


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (b"", "not a result"),
        (b"<html>", "not a result"),
        (b"[]", "not a result"),
        (b'{"results": []}', "not a result"),
        (b"\xff\xfe", "not a result"),
        (b'{"format": 0}', "format 0; this version reads format 1"),
        (b'{"format": 99}', "format 99"),
        (b'{"format": 1, "created": 5}', "another version"),
    ],
)
def test_a_wrong_file_says_what_to_type(document, said):
    with pytest.raises(ConfigError, match=said) as caught:
        as_json.decode(document)
    assert "headstart check" in caught.value.hint


def lanes(document):
    """Complete events by (process, thread), in order of start, longest first."""
    found = {}
    for event in json.loads(document)["traceEvents"]:
        if event["ph"] == "X":
            found.setdefault((event["pid"], event["tid"]), []).append(event)
    return {key: sorted(events, key=lambda event: (event["ts"], -event["dur"])) for key, events in found.items()}


def test_trace_has_a_lane_for_each_run_with_its_phases_end_to_end():
    found = lanes(as_trace.encode(check_result()))
    assert len([key for key in found if key[0] == 1]) == 10
    first = found[1, 1]
    assert [event["name"] for event in first] == [
        "environment creation",
        "runtime boot",
        "function init",
        "first invocation",
    ]
    for before, after in pairwise(first):
        assert before["ts"] + before["dur"] == pytest.approx(after["ts"])
    assert first[2]["dur"] == 1_011_000


def test_trace_nests_imports_within_their_parents():
    found = lanes(as_trace.encode(check_result(import_tree())))
    (app, *inside) = found[2, 1]
    assert app["name"] == "app"
    assert all(event["ts"] + event["dur"] <= app["ts"] + app["dur"] + 0.01 for event in inside)
    assert [event["name"] for event in found[2, 2]] == ["xml.etree"]


def test_trace_cuts_a_child_that_measured_longer_than_its_parent():
    odd = msgspec.structs.replace(node("parent", 1.0, node("child", 5.0)), cumulative_ms=2.0)
    parent, child = lanes(as_trace.encode(check_result((odd,))))[2, 1]
    assert child["dur"] == parent["dur"] == 2000


def test_trace_names_its_lanes():
    events = json.loads(as_trace.encode(check_result()))["traceEvents"]
    names = [event["args"]["name"] for event in events if event["ph"] == "M"]
    assert "run 1, monthly invoice" in names
    assert "init" in names
    assert "during invocations" in names


def test_write_makes_the_folder_and_leaves_only_the_report(tmp_path):
    folder = tmp_path / "deep" / "headstart-report"
    paths = write(check_result(), folder)
    assert [path.name for path in paths] == ["report.html", "report.json", "trace.json"]
    assert sorted(folder.iterdir()) == sorted(paths)
    assert as_json.decode(paths[1].read_bytes()).function.name == "invoice"
    assert write(bare_result(), folder) == paths
    assert as_json.decode(paths[1].read_bytes()).advice == ()


def test_write_says_where_it_may_not_write(tmp_path):
    in_the_way = tmp_path / "report"
    in_the_way.write_text("a file")
    with pytest.raises(RequestError, match=str(in_the_way)) as caught:
        write(bare_result(), in_the_way)
    assert caught.value.hint


def test_a_failed_write_leaves_nothing_beside(tmp_path):
    (tmp_path / "report.json").mkdir()
    with pytest.raises(RequestError):
        write(bare_result(), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "report.json"]
