"""headstart invoke, in a scripted lab."""

import json

import pytest
from cli_fixture import FakeLab, Terminal, function

from headstart.model.caveats import Caveat, CaveatCode
from headstart.model.function import Architecture
from headstart.model.invocation import FunctionError, LogLine, Succeeded, TimedOut
from headstart.testing import init_report, report


@pytest.fixture
def terminal(tmp_path, monkeypatch, capsysbinary):
    monkeypatch.chdir(tmp_path)
    function(tmp_path / "function")
    return Terminal(tmp_path, capsysbinary)


def test_the_response_is_printed_as_it_is_and_the_log_beside_it(terminal):
    log = (LogLine(0, "START RequestId: 1", "platform"), LogLine(0, "hello\nworld"), LogLine(0, "END", "platform"))
    lab = FakeLab([report(outcome=Succeeded(b'{"a":  "\xc3\xa9"}'), log=log)])
    said = terminal.type("invoke", "function", lab=lab)
    assert (said.code, said.out) == (0, b'{"a":  "\xc3\xa9"}\n')
    assert "START RequestId: 1\nhello\nworld\nEND\n" in said.err
    assert "headstart: handler: app.handler, the only one found\n" in said.err


@pytest.mark.parametrize(
    "outcome",
    [
        FunctionError(b'{"errorType": "ValueError"}', "ValueError", "no"),
        TimedOut(b'{"errorType": "Sandbox.Timedout"}', timeout_s=3),
    ],
)
def test_an_outcome_that_is_no_success_is_printed_and_exits_1(terminal, outcome):
    said = terminal.type("invoke", "function", lab=FakeLab([report(outcome=outcome)]))
    assert (said.code, said.out) == (1, outcome.payload + b"\n")


def test_flags_reach_the_function(terminal, monkeypatch):
    monkeypatch.setenv("MINE", "secret")
    monkeypatch.setenv("OTHER", "leaks")
    (terminal.folder / "layer").mkdir()
    (terminal.folder / "needs.txt").touch()
    flags = "--name orders --handler app.handler --runtime python3.12 --memory 1769 --timeout 30 --architecture arm64"
    flags += " --ephemeral-storage 1024 --env TABLE=a=b --env MINE --layer layer --requirements needs.txt"
    flags += " --region eu-central-1 --log-format JSON --log-level WARN"
    lab = FakeLab()
    assert terminal.type("invoke", "function", *flags.split(), lab=lab).code == 0
    spec = lab.invokers[0].spec
    assert (spec.name, spec.handler, spec.runtime) == ("orders", "app.handler", "python3.12")
    assert (spec.memory.mb, spec.timeout_s, spec.ephemeral_storage_mb) == (1769, 30, 1024)
    assert (spec.architecture, spec.region) == (Architecture.ARM64, "eu-central-1")
    assert spec.environment == {"TABLE": "a=b", "MINE": "secret"}
    assert (spec.layers, spec.requirements) == ((terminal.folder / "layer",), terminal.folder / "needs.txt")
    assert (spec.log_format, spec.application_log_level) == ("JSON", "WARN")


def test_the_event_is_empty_unless_given(terminal):
    (terminal.folder / "event.json").write_text('{"from": "file"}')
    payloads = []
    for words in ((), ("-e", "event.json"), ("-e", "s3-put"), ("--event", '{"in": "line"}')):
        lab = FakeLab()
        assert terminal.type("invoke", "function", *words, lab=lab).code == 0
        payloads.append(json.loads(lab.invokers[0].calls[0].event.payload))
    assert (payloads[0], payloads[1], payloads[3]) == ({}, {"from": "file"}, {"in": "line"})
    assert payloads[2]["Records"][0]["eventSource"] == "aws:s3"


@pytest.mark.parametrize(("words", "fresh"), [((), False), (("--cold",), True)])
def test_many_invocations_end_with_their_figures(terminal, words, fresh):
    lab = FakeLab([report(10.0, init=init_report(50, 100)), report(20.0), report(30.0, outcome=TimedOut(b"{}", 3))])
    said = terminal.type("invoke", "function", "--count", "3", *words, lab=lab)
    assert (said.code, said.out.count(b"\n")) == (1, 3)
    assert [call.fresh for call in lab.invokers[0].calls] == [fresh] * 3
    assert said.err.endswith(
        "headstart: duration median 20.00 ms, p90 30.00 ms, n = 3; "
        "init median 150.00 ms, p90 150.00 ms, n = 1; 1 failed\n"
    )


def test_one_invocation_needs_no_figures(terminal):
    assert "median" not in terminal.type("invoke", "function").err


def test_json_has_one_report_a_line(terminal):
    said = terminal.type("invoke", "function", "--json", "--count", "2", lab=FakeLab([report(1.5), report(2.5)]))
    lines = [json.loads(line) for line in said.out.splitlines()]
    assert [line["duration_ms"] for line in lines] == [1.5, 2.5]
    assert lines[0]["outcome"]["type"] == "succeeded"


def test_each_doubt_is_said_once_with_its_advice(terminal):
    doubtful = report(caveats=(Caveat(CaveatCode.CPU_NOT_LIMITED), Caveat(CaveatCode.FEWER_VCPUS, "2 of 6")))
    said = terminal.type("invoke", "function", "--count", "2", lab=FakeLab([doubtful]))
    assert said.err.count("headstart: the CPU share was not enforced here; durations are those of a full core\n") == 1
    assert said.err.count("parallel work is slower here (2 of 6)\n") == 1


def test_rows_that_are_there_are_summed_up_when_the_lab_fails(terminal):
    def script(call):
        if len(lab.invokers[0].calls) == 3:
            raise KeyboardInterrupt
        return report(10.0)

    lab = FakeLab(script)
    said = terminal.type("invoke", "function", "--count", "5", lab=lab)
    assert (said.code, said.out) == (130, b"{}\n{}\n")
    assert "duration median 10.00 ms, p90 10.00 ms, n = 2\n" in said.err
    assert said.err.endswith("headstart: interrupted\n")
