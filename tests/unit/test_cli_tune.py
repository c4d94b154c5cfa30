"""headstart tune: what is asked for, shown, written and put into use, with a lab that plays a law."""

import json
from pathlib import Path
from random import Random

import pytest
from cli_fixture import Terminal, function
from measure_fixture import HOST
from tune_fixture import lawful

from headstart.infra.project import Project
from headstart.measure.check import CheckOptions, Session
from headstart.model.invocation import FunctionError
from headstart.model.progress import NoProgress, Progress
from headstart.report import tune_as_json
from headstart.testing import Call, ScriptedInvoker

FEW = ("--sizes", "256,1024", "--invocations", "8")
TOML = '[function]\nmemory_mb = 3008 # as deployed\ntimeout_s = 30\n\n[[events]]\nname = "usual"\npayload = "{}"\n'


class TuningLab:
    """A lab whose function takes as long as a law says, and what opens it."""

    def __init__(self, script=None) -> None:
        self.script = script or lawful(noise=0.01)
        self.entered = self.left = 0
        self.projects: list[Project] = []
        self.calls: list[Call] = []

    def __call__(self, _: Progress) -> "TuningLab":
        return self

    async def __aenter__(self) -> "TuningLab":
        self.entered += 1
        return self

    async def __aexit__(self, *_: object) -> None:
        self.left += 1

    def session(self, _: CheckOptions) -> Session:
        return Session(created="2026-11-25T12:00:00+00:00", host=HOST, shuffle=Random(1), progress=NoProgress())

    async def invoker(self, project: Project) -> ScriptedInvoker:
        self.projects.append(project)
        invoker = ScriptedInvoker(project.spec, self.script)
        invoker.calls = self.calls
        return invoker


@pytest.fixture
def terminal(tmp_path: Path, capfdbinary, monkeypatch) -> Terminal:
    monkeypatch.chdir(tmp_path)
    function(tmp_path / "function")
    (tmp_path / "function/headstart.toml").write_text(TOML)
    return Terminal(tmp_path, capfdbinary)


def failing(error_type: str, *, every: int):
    """The same with an error at every ``every``-th invocation."""
    seen = [0]
    usual = lawful(noise=0.01)

    def script(call: Call):
        seen[0] += 1
        if seen[0] % every == 0:
            return usual(call, outcome=FunctionError(b"{}", error_type, "no stock"))
        return usual(call)

    return script


def test_a_size_is_recommended_shown_and_written(terminal: Terminal):
    lab = TuningLab()
    done = terminal.type("tune", "function", lab=lab)
    said = done.out.decode()
    first, *_ = said.splitlines()
    assert (done.code, lab.left) == (0, 1)
    assert " cheaper, " in first
    assert "than your 3,008 MB; $" in first
    assert said.rstrip().endswith("Report: headstart-report/tune.html")
    result = tune_as_json.decode((terminal.folder / "headstart-report/tune.json").read_bytes())
    assert (result.function.memory_mb, result.invocations) == (3008, len(lab.calls))
    assert result.invocations <= 20
    journal = (terminal.folder / "headstart-report/tune.jsonl").read_text().splitlines()
    assert len(journal) == len(lab.calls)
    assert (terminal.folder / "headstart-report/tune.html").read_text().startswith("<!doctype html>")


def test_flags_say_what_is_best_how_far_to_search_and_for_which_traffic(terminal: Terminal):
    words = ("--sizes", "256, 1024", "--invocations", "10", "--for", "speed", "--rps", "2", "--cold-rate", "0.5")
    words += ("--max-cost-usd", "0.01")
    lab = TuningLab()
    done = terminal.type("tune", "function", *words, "--json", "-", lab=lab)
    result = tune_as_json.decode(done.out)
    assert {call.memory.mb for call in lab.calls} == {256, 1024}
    assert len(lab.calls) == 10
    assert result.recommendations[0].memory_mb == 1024
    assert (result.traffic.invocations_per_month, result.traffic.cold_ratio) == (5_256_000, 0.5)
    assert "Report: " in done.err
    assert "--max-cost-usd: no limit here" in done.err


@pytest.mark.parametrize(
    ("words", "goal", "figure"),
    [
        (("--p99-ms", "90"), "slo", 90.0),
        (("--weight", "0.9"), "balanced", 0.9),
        (("--for", "balanced"), "balanced", 0.5),
        (("--cold",), "cost", 0.5),
    ],
)
def test_a_limit_or_a_weight_alone_says_the_goal(terminal: Terminal, words, goal, figure):
    lab = TuningLab()
    result = tune_as_json.decode(terminal.type("tune", "function", *FEW, *words, "--json", "-", lab=lab).out)
    assert result.objective.goal == goal
    assert figure in (result.objective.p99_ms, result.objective.weight)
    assert result.is_cold == all(call.fresh for call in lab.calls) == ("--cold" in words)


def test_weighted_payloads_are_sent_in_their_shares(terminal: Terminal):
    (terminal.folder / "orders.json").write_text('[{"payload": 1, "weight": 3}, {"payload": 2, "weight": 1}]')
    lab = TuningLab()
    words = ("--payload", "orders.json", "--sizes", "512", "--invocations", "9")
    terminal.type("tune", "function", *words, lab=lab)
    sent = [call.event.payload for call in lab.calls if not call.fresh]
    assert (sent.count(b"1"), sent.count(b"2")) == (6, 2)


def test_hooks_of_the_user_see_and_change_what_is_sent(terminal: Terminal):
    source = (
        "seen = []\n\ndef prepare(event):\n    return {'made': event}\n\ndef note(event, answer):\n    seen.append(1)\n"
    )
    (terminal.folder / "my_hooks.py").write_text(source)
    lab = TuningLab()
    words = ("--before", "my_hooks:prepare", "--after", "my_hooks:note", *FEW)
    assert terminal.type("tune", "function", *words, lab=lab).code == 0
    assert {call.event.payload for call in lab.calls} == {b'{"made": {}}'}
    import my_hooks

    assert len(my_hooks.seen) == len(lab.calls)


def test_apply_shows_a_diff_and_writes_the_one_line(terminal: Terminal):
    file = terminal.folder / "function/headstart.toml"
    shown = terminal.type("tune", "function", *FEW, "--apply", "--dry-run", lab=TuningLab())
    assert file.read_text() == TOML
    assert "-memory_mb = 3008 # as deployed" in shown.out.decode()
    assert "nothing was written" in shown.err
    done = terminal.type("tune", "function", *FEW, "--apply", lab=TuningLab())
    assert (done.code, file.read_text()) == (0, TOML.replace("3008", "256"))
    assert "function/headstart.toml says 256 MB now" in done.err


def test_apply_without_a_place_is_refused_before_anything_runs(terminal: Terminal):
    (terminal.folder / "function/headstart.toml").unlink()
    lab = TuningLab()
    done = terminal.type("tune", "function", "--apply", lab=lab)
    assert (done.code, lab.calls) == (2, [])
    assert "headstart init function" in done.err


def test_a_goal_that_no_size_meets_is_exit_1_and_nothing_is_applied(terminal: Terminal):
    done = terminal.type("tune", "function", *FEW, "--p99-ms", "5", "--apply", lab=TuningLab())
    assert done.code == 1
    assert done.out.decode().startswith("No memory size does what was asked: ")
    assert (terminal.folder / "function/headstart.toml").read_text() == TOML


def test_a_function_that_fails_is_exit_1_unless_the_error_is_allowed(terminal: Terminal):
    done = terminal.type("tune", "function", *FEW, lab=TuningLab(failing("NoStock", every=4)))
    assert done.code == 1
    assert "headstart: the function failed: " in done.err
    assert " NoStock" in done.err
    words = (*FEW, "--allow-errors", "Other, NoStock")
    assert terminal.type("tune", "function", *words, lab=TuningLab(failing("NoStock", every=4))).code == 0


def test_an_execution_input_is_honoured_and_answered_in_its_shape(terminal: Terminal):
    given = {
        "lambdaARN": "arn:aws:lambda:us-east-1:123456789012:function:orders",
        "num": 5,
        "powerValues": [128, 512, 1024],
        "payload": {"id": 7},
        "strategy": "speed",
        "parallelInvocation": True,
        "includeOutputResults": True,
    }
    (terminal.folder / "input.json").write_text(json.dumps(given))
    lab = TuningLab()
    words = ("--power-tuning-input", "input.json", "--power-tuning-output", "-")
    done = terminal.type("tune", "function", *words, lab=lab)
    answer = json.loads(done.out)
    assert (done.code, answer["power"]) == (0, 1024)
    assert [row["value"] for row in answer["stats"]] == [128, 512, 1024]
    assert answer["stateMachine"]["visualization"].startswith("https://lambda-power-tuning.show/#gAAAAgAE;")
    assert (len(lab.calls), {call.event.payload for call in lab.calls}) == (15, {b'{"id": 7}'})
    assert lab.projects[0].spec.name == "orders"
    assert "parallelInvocation: not done" in done.err


def test_flags_win_over_an_execution_input(terminal: Terminal):
    given = {"num": 5, "powerValues": [128, 512], "strategy": "speed", "dryRun": True, "autoOptimize": True}
    (terminal.folder / "input.json").write_text(json.dumps(given))
    lab = TuningLab()
    words = ("--power-tuning-input", "input.json", "--sizes", "256,1024", "--for", "cost", "--invocations", "6")
    result = terminal.type("tune", "function", *words, "--json", "-", lab=lab)
    assert tune_as_json.decode(result.out).objective.goal == "cost"
    assert {call.memory.mb for call in lab.calls} == {256, 1024}
    assert len(lab.calls) == 6
    assert "+memory_mb = 256" in result.err
    assert (terminal.folder / "function/headstart.toml").read_text() == TOML


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), ["no function was named", "headstart tune PATH"]),
        (("function", "--aws", "orders"), ["PATH function and --aws orders"]),
        (("function", "--sizes", "64"), ["64; allowed: 128 … 10240", "--sizes 128,512,1024"]),
        (("function", "--sizes", "10241"), ["10241; allowed: 128 … 10240"]),
        (("function", "--sizes", "128,big"), ["'128,big'; allowed: sizes in MB, 128 … 10240"]),
        (("function", "--invocations", "2"), ["invocations is 2; allowed: 4 …", "--invocations 20"]),
        (("function", "--invocations", "0"), ["--invocations is '0'; needed: a whole number, 1 or more"]),
        (("function", "--max-cost-usd", "0"), ["--max-cost-usd is '0'; needed: a number above 0"]),
        (("function", "--for", "cheap"), ["'cheap'; allowed: cost, speed, balanced, slo", "--for cost"]),
        (("function", "--for", "slo"), ["p99_ms is None; allowed: a limit in ms", "--for slo --p99-ms 200"]),
        (("function", "--weight", "2"), ["--weight is '2'; needed: a number, 0 … 1"]),
        (("function", "-e", "{not json"), ["is not JSON"]),
        (("function", "--payload", "gone.json"), ["gone.json cannot be read"]),
        (("function", "--payload", "zero.json"), ["sum to 0"]),
        (("function", "--payload", "zero.json", "-e", "{}"), ["--event and --payload both say what is sent"]),
        (("function", "--payload-s3", "bucket/key"), ["'bucket/key' is no object of S3; allowed: s3://BUCKET/KEY"]),
        (("function", "--before", "nowhere:hook"), ["--before nowhere:hook cannot be imported", "ModuleNotFoundError"]),
        (("function", "--before", "json:nothing"), ["--before json:nothing: has no such name"]),
        (("function", "--after", "json:__name__"), ["is str, which cannot be called"]),
        (("function", "--after", "hook"), ["needed: MODULE:CALLABLE or an ARN"]),
        (("function", "--before", "arn:aws:s3:::bucket"), ["is not the ARN of a Lambda function"]),
        (("function", "--rps", "2", "--monthly-invocations", "5"), ["both say the traffic"]),
        (("function", "--json", "x", "--power-tuning-output", "x"), ["are both x; needed: two places"]),
        (("function", "--json", "function"), ["--json function is not a file"]),
        (("function", "--power-tuning-input", "gone.json"), ["gone.json cannot be read"]),
        (("--aws", "arn:aws:lambda:nowhere"), ["is not the ARN of a Lambda function"]),
        (("--aws", "orders", "--memory", "512", "--env", "A=1"), ["memory, environment: only for a function on this"]),
        (("--aws", "orders", "--apply"), ["--apply needs the alias of orders to move", "--alias prod"]),
        (("--cleanup",), ["--cleanup needs the function", "headstart tune --aws FUNCTION --cleanup"]),
    ],
)
def test_a_wrong_request_is_refused_before_anything_runs(terminal: Terminal, words, said):
    (terminal.folder / "zero.json").write_text('[{"payload": 1, "weight": 0}, {"payload": 2, "weight": 0}]')
    lab = TuningLab()
    done = terminal.type("tune", *words, lab=lab)
    assert (done.code, lab.calls, done.out) == (2, [], b"")
    assert [part for part in said if part not in done.err] == []
    assert "Traceback" not in done.err
