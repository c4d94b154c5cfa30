"""headstart check, in a scripted lab."""

import json

import msgspec
import pytest
import results_fixture
from cli_fixture import FakeLab, Terminal, function

from headstart.measure.check import CheckOptions
from headstart.report import as_json
from headstart.report.as_text import headline_advice

RESULT = results_fixture.check_result()


def faster(ratio: float):
    """The same result with an init that takes ``ratio`` of its time."""
    init = RESULT.cold_start.init
    changed = {name: getattr(init, name) * ratio for name in init.__struct_fields__ if name != "n"}
    runs = tuple(_with_init(run, ratio) for run in RESULT.cold_start.runs)
    cold = msgspec.structs.replace(RESULT.cold_start, init=msgspec.structs.replace(init, **changed), runs=runs)
    return msgspec.structs.replace(RESULT, cold_start=cold)


def _with_init(run, ratio):
    boot_ms, function_ms = run.init.boot_ms * ratio, run.init.function_ms * ratio
    init = msgspec.structs.replace(run.init, boot_ms=boot_ms, function_ms=function_ms)
    return msgspec.structs.replace(run, init=init)


@pytest.fixture
def terminal(tmp_path, monkeypatch, capsysbinary):
    monkeypatch.chdir(tmp_path)
    function(tmp_path / "function")
    return Terminal(tmp_path, capsysbinary)


def test_one_screen_then_where_the_report_lies_and_what_matters_most(terminal):
    lab = FakeLab()
    said = terminal.type("check", "function", lab=lab)
    shown = said.out.decode()
    assert said.code == 0
    assert "Cold start" in shown
    assert shown.endswith(f"\nReport: headstart-report/report.html\n{headline_advice(RESULT)}\n")
    assert {file.name for file in (terminal.folder / "headstart-report").iterdir()} == {
        "invocations.jsonl",
        "report.html",
        "report.json",
        "trace.json",
    }
    assert lab.checked[0][1] == CheckOptions()


def test_the_workload_and_the_effort_are_flags(terminal):
    lab = FakeLab()
    words = "--runs 3 --allocations -e sqs -e s3-put --monthly-invocations 5000 --cold-ratio 0.5 --memory 512"
    assert terminal.type("check", "function", *words.split(), lab=lab).code == 0
    ((project,), options) = lab.checked[0]
    assert options == CheckOptions(runs=3, allocations=True)
    assert [event.name for event in project.events] == ["sqs", "s3-put"]
    assert (project.traffic.invocations_per_month, project.traffic.cold_ratio) == (5000, 0.5)
    assert project.spec.memory.mb == 512


def test_the_report_goes_where_it_is_told(terminal):
    said = terminal.type("check", "function", "--output", "deep/down")
    assert b"Report: deep/down/report.html\n" in said.out
    assert not (terminal.folder / "headstart-report").exists()


def test_json_on_stdout_is_all_that_is_there(terminal):
    said = terminal.type("check", "function", "--json", "-", "--max-init-ms", "1")
    assert said.code == 1
    assert said.out == as_json.encode(RESULT)
    assert "Report: headstart-report/report.html\n" in said.err


def test_json_in_a_file_comes_with_the_screen(terminal):
    said = terminal.type("check", "function", "--json", "new/result.json")
    assert (terminal.folder / "new/result.json").read_bytes() == as_json.encode(RESULT)
    assert b"Cold start" in said.out


@pytest.mark.parametrize(
    ("flag", "kept", "exceeded", "sentence"),
    [
        ("--max-init-ms", "2000", "900", "above --max-init-ms 900"),
        ("--max-memory-ratio", "0.99", "0.01", "above --max-memory-ratio 0.01"),
        ("--max-usd-per-million", "900", "0.0001", "above --max-usd-per-million 0.0001"),
    ],
)
def test_a_limit_that_is_not_kept_exits_1_and_says_so(terminal, flag, kept, exceeded, sentence):
    assert terminal.type("check", "function", flag, kept).code == 0
    said = terminal.type("check", "function", flag, exceeded)
    assert (said.code, sentence in said.err) == (1, True)


def test_a_function_that_fails_its_events_is_a_finding(terminal):
    cold = msgspec.structs.replace(RESULT.cold_start, failures=("ValueError: no (3 x)",))
    said = terminal.type("check", "function", lab=FakeLab(result=msgspec.structs.replace(RESULT, cold_start=cold)))
    assert said.code == 1
    assert said.err.endswith("headstart: the function failed: ValueError: no (3 x)\n")


@pytest.mark.parametrize(("now", "code", "verdict"), [(1.0, 0, "same"), (2.0, 1, "worse"), (0.5, 0, "better")])
def test_an_earlier_result_is_compared_with(terminal, now, code, verdict):
    (terminal.folder / "old.json").write_bytes(as_json.encode(RESULT))
    said = terminal.type("check", "function", "--compare", "old.json", lab=FakeLab(result=faster(now)))
    assert said.code == code
    assert f"\n{verdict}" in said.out.decode()
    assert ("is worse than" in said.err) == (verdict == "worse")


def test_another_package_is_run_in_turn_with_the_same_events(terminal):
    function(terminal.folder / "before")
    (terminal.folder / "before/headstart.toml").write_text('[[events]]\nsample = "sqs"\n[traffic]\ncold_ratio = 0.9')
    lab = FakeLab(result=faster(2.0), old=RESULT)
    said = terminal.type("check", "function", "--against", "before", "-e", "s3-put", lab=lab)
    ((old, new), _) = lab.checked[0]
    assert (old.spec.code.name, new.spec.code.name) == ("before", "function")
    assert old.events == new.events
    assert old.traffic == new.traffic
    assert (said.code, b"run in turn" in said.out) == (1, True)


@pytest.mark.parametrize(("new", "old"), [("now.yaml", "old.yaml"), ("now.yaml", "before"), ("before", "now.yaml")])
def test_a_function_of_a_template_is_compared_with_another_or_with_code(terminal, new, old):
    function(terminal.folder / "before")
    for name, memory_mb in (("now.yaml", 512), ("old.yaml", 256)):
        settings = f"{{Code: function, Handler: app.handler, Runtime: python3.11, MemorySize: {memory_mb}}}"
        text = f"Resources:\n  Orders: {{Type: AWS::Lambda::Function, Properties: {settings}}}\n"
        (terminal.folder / name).write_text(text)
    expected_mb = {"now.yaml": 512, "old.yaml": 256, "before": 128}
    flags = ["--function", "Orders"] if new != "before" else []
    lab = FakeLab(result=RESULT, old=RESULT)
    assert terminal.type("check", new, "--against", old, *flags, lab=lab).code == 0
    ((before, after), _) = lab.checked[0]
    assert (before.spec.memory.mb, after.spec.memory.mb) == (expected_mb[old], expected_mb[new])


def test_an_interrupted_check_leaves_the_lab(terminal):
    lab = FakeLab(fault=KeyboardInterrupt())
    said = terminal.type("check", "function", lab=lab)
    assert (said.code, lab.left, said.out) == (130, 1, b"")


def test_what_json_says_can_be_compared_with(terminal):
    said = terminal.type("check", "function", "--json", "-")
    assert json.loads(said.out)["format"] == 1
    (terminal.folder / "old.json").write_bytes(said.out)
    assert terminal.type("check", "function", "--compare", "old.json").code == 0
