"""headstart tune --aws, against an endpoint that serves what AWS does."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from aws_endpoint_fixture import Endpoint
from aws_lambda_state import Refused, by_law
from cli_fixture import Terminal

from headstart.report import tune_as_json

FEW = ("--sizes", "256,1024", "--invocations", "8")


@pytest.fixture
def terminal(tmp_path: Path, capfdbinary, monkeypatch) -> Terminal:
    monkeypatch.chdir(tmp_path)
    return Terminal(tmp_path, capfdbinary)


def test_a_deployed_function_is_tuned_and_left_as_it_was(terminal: Terminal, aws_endpoint: Endpoint):
    aws_endpoint.add(MemorySize=1024, Runtime="nodejs22.x").behave = by_law(90, 10)
    aws_endpoint.objects["bucket/orders.json"] = b'[{"payload": 1, "weight": 1}, {"payload": 2, "weight": 1}]'
    words = ("--payload-s3", "s3://bucket/orders.json", "--monthly-invocations", "5000000", "--json", "-")
    done = terminal.type("tune", "--aws", "tuneme", *FEW, *words)
    result = tune_as_json.decode(done.out)
    assert done.code == 0, done.err
    assert (result.recommendations[0].memory_mb, result.function.memory_mb) == (256, 1024)
    assert (result.function.runtime, result.function.events, result.host) == (
        "nodejs22.x",
        ("orders-1", "orders-2"),
        None,
    )
    assert result.traffic.invocations_per_month == 5_000_000
    assert "LATEST_CHANGED" in {caveat.code for caveat in result.caveats}
    assert aws_endpoint.count("Invoke") == 8
    assert aws_endpoint.leftovers() == []


def test_an_arn_of_an_execution_input_and_functions_as_hooks(terminal: Terminal, aws_endpoint: Endpoint):
    aws_endpoint.add().behave = by_law(90, 10)
    aws_endpoint.add("before")
    arn = "arn:aws:lambda:us-east-1:123456789012:function:"
    document = f'{{"lambdaARN": "{arn}tuneme", "num": 4, "powerValues": [256, 512], "preProcessorARN": "{arn}before"}}'
    (terminal.folder / "input.json").write_text(document)
    done = terminal.type("tune", "--power-tuning-input", "input.json", "--power-tuning-output", "-")
    assert (done.code, b'"power": 256' in done.out) == (0, True), done.err
    assert aws_endpoint.count("Invoke") == 2 * 8
    assert "event: {}, because none was given" in done.err


def test_apply_moves_an_alias_and_shows_it_before_and_after(terminal: Terminal, aws_endpoint: Endpoint):
    function = aws_endpoint.add(MemorySize=1024)
    function.behave = by_law(90, 10)
    words = ("tune", "--aws", "tuneme", *FEW, "--apply", "--alias", "prod")
    shown = terminal.type(*words, "--dry-run")
    assert "alias prod of tuneme is not there → 256 MB (a new version)" in shown.out.decode()
    assert (function.aliases, "nothing was changed" in shown.err) == ({}, True)
    done = terminal.type(*words)
    assert done.code == 0, done.err
    (version,) = function.versions.values()
    assert f"→ 256 MB (version {version['Version']})" in done.out.decode()
    assert (version["MemorySize"], function.latest["MemorySize"]) == (256, 1024)


def test_what_was_found_is_shown_also_where_not_all_could_be_removed(terminal: Terminal, aws_endpoint: Endpoint):
    def refuse(operation: str, _: str) -> None:
        # After the aliases of both sizes comes the note of what $LATEST was.
        if operation == "DeleteAlias" and aws_endpoint.count(operation) > 2:
            raise Refused(403, "AccessDeniedException", "not authorized to perform: lambda:DeleteAlias")

    aws_endpoint.add().behave = by_law(90, 10)
    aws_endpoint.on = refuse
    done = terminal.type("tune", "--aws", "tuneme", *FEW, "--apply", "--alias", "prod")
    assert done.code == 2
    assert "Report: headstart-report/tune.html" in done.out.decode()
    assert "not everything that tuning made was removed" in done.err
    assert "headstart tune --aws tuneme --cleanup" in done.err


def test_cleanup_says_what_it_removed(terminal: Terminal, aws_endpoint: Endpoint):
    function = aws_endpoint.add()
    done = terminal.type("tune", "--aws", "tuneme", "--cleanup")
    assert (done.code, done.out) == (0, b"nothing that tuning made is left of tuneme\n")
    function.update({"Description": "headstart tune r1: 256 MB (1)"})
    number = function.publish({})["Version"]
    done = terminal.type("tune", "--aws", "tuneme", "--cleanup")
    assert f"removed version {number}, of 512 MB" in done.out.decode()


@pytest.mark.slow
def test_ctrl_c_shows_what_was_measured_and_removes_all_that_was_made(tmp_path: Path, aws_endpoint: Endpoint):
    def interrupt(operation: str, _: str) -> None:
        if operation == "Invoke" and aws_endpoint.count(operation) == 5:
            process.send_signal(signal.SIGINT)

    aws_endpoint.add().behave = by_law(90, 10)
    aws_endpoint.on = interrupt
    words = ("tune", "--aws", "tuneme", "--sizes", "256,1024")
    process = subprocess.Popen(
        [sys.executable, "-m", "headstart", *words], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    assert "Why it ended  interrupted" in out.decode()
    kept = (tmp_path / "headstart-report/tune.jsonl").read_bytes().splitlines()
    assert len(kept) in (4, 5)  # the fifth may be answered before the signal arrives
    assert aws_endpoint.leftovers() == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--aws", "nobody"), "nobody"),
        (("--aws", "tuneme", "--payload-s3", "s3://bucket/gone"), "s3://bucket/gone"),
    ],
)
def test_what_aws_refuses_is_exit_2(terminal: Terminal, aws_endpoint: Endpoint, words, said):
    aws_endpoint.add()
    done = terminal.type("tune", *words)
    assert (done.code, said in done.err, "Traceback" in done.err) == (2, True, False), done.err


def test_without_credentials_it_says_how_to_give_them(terminal: Terminal, aws_endpoint: Endpoint, monkeypatch):
    aws_endpoint.add()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(terminal.folder / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(terminal.folder / "none"))
    done = terminal.type("tune", "--aws", "tuneme")
    assert done.code == 2
    assert "credentials" in done.err
    assert "hint: " in done.err
