"""What goes wrong becomes text, a hint and an exit code; never a traceback."""

import importlib
import inspect
import subprocess
import sys

import pytest
from cli_fixture import FakeLab, Terminal, function

from headstart.cli import app
from headstart.errors import LabError, PackageError, RuntimeMissingError, SandboxError
from headstart.infra import sample_events
from headstart.model import limits


@pytest.fixture
def terminal(tmp_path, monkeypatch, capsysbinary):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HEADSTART_DEBUG", raising=False)
    function(tmp_path / "function")
    (tmp_path / "bad.json").write_text('{"a": }')
    (tmp_path / "file").touch()
    return Terminal(tmp_path, capsysbinary)


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("", ["Usage: headstart", "check", "invoke", "init"]),
        ("frobnicate", ["'frobnicate'", "hint: headstart --help"]),
        ("check", ["PATH is missing", "hint: PATH: The function"]),
        ("check function extra", ["extra", "hint: headstart check --help"]),
        ("check function --nope", ["--nope", "hint: headstart check --help"]),
        ("check nowhere", ["nowhere does not exist", "a folder, a .zip, a template or a headstart.toml"]),
        ("invoke function --memory 64", ["64", "128 … 10240", "hint: --memory 1769"]),
        ("invoke function --memory 0.5", ["--memory is '0.5'; needed: a whole number", "128 … 10240"]),
        ("invoke function --timeout 1000", ["1000", "1 … 900", "hint: --timeout 30"]),
        ("invoke function --ephemeral-storage 1", ["512 … 10240", "hint: --ephemeral-storage 1024"]),
        ("invoke function --runtime python2.7", ["'python2.7'", limits.PYTHON_RUNTIMES[0], "hint: --runtime python3"]),
        ("invoke function --architecture mips", ["'mips'", "x86_64, arm64"]),
        ("invoke function --region moon", ["'moon'", "hint: --region eu-central-1"]),
        ("invoke function --handler app.nothing", ["'nothing'", "hint: --handler app.handler"]),
        ("invoke function --layer nowhere", ["nowhere does not exist", "hint: ls"]),
        ("invoke function --requirements nowhere", ["nowhere does not exist", "hint: ls"]),
        ("invoke function --env _HANDLER=x", ["'_HANDLER'", "not a name that Lambda sets itself"]),
        ("invoke function --env NOT_SET_HERE", ["NOT_SET_HERE is not set", "hint: --env NOT_SET_HERE=VALUE"]),
        ("invoke function -e bad.json", ["not JSON", "line 1, column 7", "hint: python -m json.tool bad.json"]),
        ("invoke function -e {bad", ["not JSON", "hint: for example --event"]),
        ("invoke function -e s3-putt", [", ".join(sample_events.names()), "hint: did you mean --event s3-put?"]),
        ("invoke function --count 0", ["--count is '0'; needed: a whole number, 1 or more"]),
        ("check function --runs 0", ["--runs is '0'; needed: a whole number, 1 or more"]),
        ("check function --runs many", ["--runs is 'many'"]),
        ("check function --cold-ratio 2", ["--cold-ratio is '2'; needed: a number, 0 … 1"]),
        ("check function --monthly-invocations -1", ["invocations_per_month is -1; allowed: 0 or more"]),
        ("check function --max-init-ms nan", ["--max-init-ms is 'nan'; needed: a number, 0 or more"]),
        ("check function --max-memory-ratio 1.5", ["--max-memory-ratio is '1.5'; needed: a number, 0 … 1"]),
        ("check function --max-usd-per-million -1", ["--max-usd-per-million is '-1'"]),
        ("check function --compare nowhere.json", ["nowhere.json cannot be read", "--json nowhere.json writes one"]),
        ("check function --compare bad.json", ["not a result of headstart check", "hint: headstart check PATH --json"]),
        ("check function --against nowhere", ["nowhere does not exist"]),
        ("check function --compare a --against b", ["--compare a and --against b", "needed: one"]),
        ("check function --output file", ["file cannot be written", "hint: name a place that you may write to"]),
        ("check function --json file/result.json", ["file cannot be written"]),
        ("check function --json function", ["function is not a file", "hint: --json -"]),
        ("init nowhere", ["nowhere does not exist"]),
    ],
)
def test_a_wrong_request_exits_2_with_what_to_type(terminal, line, parts):
    lab = FakeLab()
    said = terminal.type(*line.split(), lab=lab)
    text = said.err + said.out.decode()
    assert (said.code, lab.entered) == (2, 0)
    assert [part for part in parts if part not in text] == []
    assert "Traceback" not in text


@pytest.mark.parametrize("command", ["check", "invoke"])
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (PackageError("orders.zip has ../evil", hint="zip it anew"), 2),
        (RuntimeMissingError("no python3.14; found: python3.11", hint="--runtime python3.11"), 2),
        (SandboxError("no sandbox", hint="reboot"), 70),
    ],
)
def test_what_the_lab_refuses_is_said_with_its_hint(terminal, command, fault, code):
    said = terminal.type(command, "function", lab=FakeLab(fault=fault))
    assert said.code == code
    assert f"headstart: {fault.message}\n     hint: {fault.hint}" in said.err
    assert ("HEADSTART_DEBUG=1" in said.err) == (code == 70)


@pytest.mark.parametrize("fault", [ZeroDivisionError("what?"), BrokenPipeError("not stdout's"), TypeError()])
def test_our_own_fault_exits_70_and_asks_to_be_reported(terminal, fault):
    said = terminal.type("check", "function", lab=FakeLab(fault=fault))
    assert said.code == 70
    assert f"headstart: unexpected {type(fault).__name__}: {fault}\n" in said.err
    assert "please report it" in said.err
    assert "HEADSTART_DEBUG=1" in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize(("debug", "shown"), [("1", True), ("0", False), ("", False)])
def test_a_traceback_is_shown_on_request(terminal, monkeypatch, debug, shown):
    monkeypatch.setenv("HEADSTART_DEBUG", debug)
    said = terminal.type("check", "function", lab=FakeLab(fault=LabError("broken")))
    assert ("Traceback" in said.err, "headstart: broken" in said.err) == (shown, True)


@pytest.mark.parametrize("words", [("--help",), ("check", "--help"), ("invoke", "--help"), ("init", "--help")])
def test_help_is_no_mistake(terminal, words):
    said = terminal.type(*words)
    assert (said.code, b"Usage: headstart" in said.out) == (0, True)


def test_the_version_is_told_without_loading_what_takes_long():
    program = "import sys; from headstart.cli.main import main; main(['--version']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    version, loaded = done.stdout.splitlines()
    assert version.startswith("headstart 0.")
    assert {"typer", "rich", "msgspec", "uvloop", "asyncio", "headstart.lab"}.isdisjoint(loaded.split())


@pytest.mark.parametrize(
    ("words", "needless"),
    [
        (["services", "--help"], {"pydantic", "headstart.lab", "headstart.infra", "headstart.measure"}),
        (["check", "--help"], {"pydantic", "headstart.services", "headstart.engine.local_lambda", "headstart.lab"}),
        (["invoke", "--help"], {"pydantic", "headstart.measure", "headstart.report", "headstart.lab"}),
        (["services", "nothing-of-that-name"], {"headstart.lab", "headstart.measure", "headstart.report"}),
    ],
)
def test_a_command_loads_no_other_and_its_help_no_validation(words, needless):
    program = f"import sys; from headstart.cli.main import main; main({words}); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "typer" in loaded
    assert needless.isdisjoint(loaded)


def test_help_lists_every_command_with_what_it_does(terminal):
    text = " ".join(terminal.type("--help").out.decode().split())
    for name in app.COMMANDS:
        command = getattr(importlib.import_module(f"headstart.cli.{name}"), name)
        assert f"{name} {inspect.getdoc(command).splitlines()[0][:30]}" in text.replace("│ ", "")


def test_the_version_is_told_where_typer_parses_too(terminal):
    said = terminal.type("--version", "check")
    assert (said.code, said.out.startswith(b"headstart 0.")) == (0, True)
