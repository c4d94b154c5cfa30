"""headstart audit and headstart fix, on a project with faults."""

import json
import os
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import jsonschema
import msgspec
import pytest
from cli_fixture import Terminal
from results_fixture import check_result

from headstart.cli import auditing
from headstart.errors import ConfigError
from headstart.model.audit import AuditSettings
from headstart.model.results import Advice
from headstart.report import as_json

TEMPLATE = """\
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      Handler: app.lambda_handler
      Runtime: python3.12
      Code: src
      ReservedConcurrentExecutions: 5
  Version:
    Type: AWS::Lambda::Version
    Properties:
      FunctionName: !Ref Orders
  Live:
    Type: AWS::Lambda::Alias
    Properties:
      FunctionName: !Ref Orders
      FunctionVersion: !GetAtt Version.Version
      Name: live
      ProvisionedConcurrencyConfig:
        ProvisionedConcurrentExecutions: 50
  Slow:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/Lambda
      MetricName: Errors
      Dimensions:
        - Name: FunctionName
          Value: !Ref Orders
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 3
      DatapointsToAlarm: 5
      Threshold: 1
      ComparisonOperator: GreaterThanOrEqualToThreshold
"""
SCHEMA = json.loads((Path(__file__).parent / "schemas/sarif-2.1.0-rtm.5.json").read_text())


@pytest.fixture
def terminal(tmp_path, monkeypatch, capsysbinary):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "src").mkdir()
    (tmp_path / "src/app.py").write_text("def lambda_handler(event, context):\n    return {}\n")
    return Terminal(tmp_path, capsysbinary)


def test_findings_are_shown_and_an_error_is_exit_1(terminal):
    said = terminal.type("audit")
    shown = said.out.decode()
    assert said.code == 1
    assert said.err == ""
    assert shown.startswith("What matters most: ")
    assert "template.yaml:8  error  HS101 provisioned-above-reserved" in shown


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("--rule HS101", 1),
        ("--rule HS101 --fail-on never", 0),
        ("--select HS204", 0),
        ("--select HS204 --fail-on warning", 1),
        ("--rule HS1 --rule HS2 --ignore HS1 --ignore HS2", 0),
    ],
)
def test_rules_and_severities_decide_the_exit_code(terminal, words, code):
    assert terminal.type("audit", ".", *words.split()).code == code


@pytest.mark.parametrize(
    ("toml", "code"),
    [
        ('[audit]\nfail_on = "never"\n', 0),
        ('[audit]\nselect = ["HS101"]\n[audit.severity]\nHS101 = "warning"\n', 0),
        ('[audit]\nignore = ["HS1", "HS2"]\n', 0),
        ('[audit]\nexclude = ["template.yaml"]\n', 0),
    ],
)
def test_headstart_toml_has_the_same_settings(terminal, toml, code):
    (terminal.folder / "headstart.toml").write_text(toml)
    assert terminal.type("audit").code == code


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('[audit]\nfail_on = "high"\n', "audit.fail_on is 'high'; allowed: error, warning, info, never"),
        ('[audit]\nseverity = {HS101 = "bad"}\n', "audit.severity.HS101 is 'bad'; allowed: error, warning, info"),
        ("[audit]\naccount_concurrency = 0\n", "audit.account_concurrency is 0; allowed: 1 or more"),
        ("[audit]\nignore = 'HS101'\n", "audit.ignore is 'HS101'; needed: a list, […]"),
        ("[audit]\nignored = []\n", "unknown key 'ignored' in [audit]"),
        ('[audit]\nignore = ["HS999"]\n', "'HS999' is no rule"),
        ('[audit]\nbaseline = "gone.json"\n', "baseline gone.json cannot be read"),
    ],
)
def test_what_headstart_toml_says_wrong_is_exit_2(terminal, toml, said):
    (terminal.folder / "headstart.toml").write_text(toml)
    answer = terminal.type("audit")
    assert answer.code == 2
    assert said in answer.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("gone",), "gone does not exist"),
        (("--rule", "HS999"), "'HS999' is no rule"),
        (("--fail-on", "high"), "--fail-on is 'high'; allowed: error, warning, info, never"),
        (("--json", "-", "--sarif", "-"), "both want stdout"),
        (("--parameter", "x"), "needed: NAME=VALUE"),
        (("--account-concurrency", "0"), "needed: a whole number, 1 or more"),
        (("--explain", "HS999"), "'HS999' is no rule"),
        (("--template", "gone.yaml"), "gone.yaml"),
        (("--baseline", "gone.json"), "gone.json cannot be read"),
        (("--json", "no/such/place.json"), "no/such/place.json cannot be written"),
        (("--json", "."), ". cannot be written"),
        (("--markdown", "/"), "/ cannot be written"),
    ],
)
def test_a_wrong_request_is_exit_2(terminal, words, said):
    answer = terminal.type("audit", *words)
    assert answer.code == 2
    assert said in answer.err


def test_reports_go_to_files_beside_the_screen(terminal):
    said = terminal.type("audit", "--json", "a.json", "--sarif", "a.sarif", "--markdown", "a.md")
    assert said.code == 1
    assert b"What matters most" in said.out
    assert json.loads((terminal.folder / "a.json").read_text())["findings"][0]["severity"] == "error"
    assert (terminal.folder / "a.md").read_text().startswith("### Headstart audit: ")
    log = json.loads((terminal.folder / "a.sarif").read_text())
    jsonschema.validate(log, SCHEMA)
    by_rule = {result["ruleId"]: result for result in log["runs"][0]["results"]}
    inserted = by_rule["HS204"]["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"]
    assert "TreatMissingData: notBreaching" in inserted


@pytest.mark.parametrize("flag", ["--json", "--sarif", "--markdown"])
def test_a_report_on_stdout_is_alone_there(terminal, flag):
    said = terminal.type("audit", flag, "-")
    assert said.code == 1
    assert b"What matters most: " not in said.out.partition(b"|")[0].partition(b"\n\n")[0]
    assert (said.out[:1] == b"{") == (flag != "--markdown")


def test_a_baseline_lets_only_new_findings_through(terminal):
    assert terminal.type("audit", "--write-baseline", "old.json").code == 0
    said = terminal.type("audit", "--baseline", "old.json", "--fail-on", "info")
    assert said.code == 0
    assert "in the baseline" in said.out.decode()
    (terminal.folder / "template.yaml").write_text(TEMPLATE.replace("Executions: 50", "Executions: 51"))
    assert terminal.type("audit", "--baseline", "old.json").code == 0  # 51 is on the line of the alias, not of HS101
    more = TEMPLATE.replace("Executions: 5\n", "Executions: 4\n")
    (terminal.folder / "template.yaml").write_text(more)
    assert terminal.type("audit", "--baseline", "old.json").code == 1


@pytest.mark.parametrize("rule", ["HS101", "HS1", "all"])
def test_a_rule_explains_itself(terminal, rule):
    said = terminal.type("audit", "--explain", rule)
    assert said.code == 0
    assert "### HS101 provisioned-above-reserved" in said.out.decode()
    assert ("### HS204" in said.out.decode()) == (rule == "all")


def test_fix_shows_a_diff_and_changes_nothing(terminal):
    said = terminal.type("fix", "--rule", "HS204")
    assert said.code == 0
    assert said.out.decode().startswith("--- a/template.yaml\n+++ b/template.yaml\n")
    assert "+      TreatMissingData: notBreaching\n" in said.out.decode()
    assert "would fix 1 finding in 1 file; --write changes the files" in said.err
    assert (terminal.folder / "template.yaml").read_text() == TEMPLATE


def test_fix_write_leaves_nothing_for_a_second_run(terminal):
    assert terminal.type("fix", "--write").code == 0
    fixed = (terminal.folder / "template.yaml").read_text()
    assert "      TreatMissingData: notBreaching\n" in fixed
    said = terminal.type("fix", "--write")
    assert (said.code, said.out) == (0, b"there is nothing to change\n")
    assert (terminal.folder / "template.yaml").read_text() == fixed


def test_ctrl_c_ends_it_at_once(terminal):
    fifo = terminal.folder / "parameters.json"
    os.mkfifo(fifo)
    command = [sys.executable, "-m", "headstart", "audit", "--parameters", str(fifo)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process, fifo.open("w"):
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert (process.returncode, out, err) == (130, b"", b"headstart: interrupted\n")


class Closed:
    """A path that may not be looked at."""

    def exists(self) -> bool:
        raise PermissionError(13, "Permission denied", "closed/app.py")


def test_what_may_not_be_read_is_a_wrong_request():
    with pytest.raises(ConfigError, match=r"closed/app\.py may not be read"):
        auditing.findings_at(Closed(), AuditSettings())


def advice(id_: str, place: str, *, ms: float, usd: str) -> Advice:
    words = {"title": "Do it", "action": "Do it there.", "evidence": f"{id_} takes long"}
    saves = {"saves_cold_ms": ms, "saves_warm_ms": 0.0, "saves_usd_month": Decimal(usd)}
    return Advice(id=id_, place=place, measured=True, **words, **saves)


def test_after_a_check_findings_say_what_they_save_and_are_ranked_by_it(terminal):
    code = terminal.folder / "src/app.py"
    code.write_text("import boto3, pandas\n\n\ndef handler(event, context):\n    return boto3.client('s3')\n")
    advised = (
        advice("unused-import", "app.py:1", ms=839.5, usd="0.21"),
        advice("work-in-handler", "app.py:5", ms=6.5, usd="1.25"),
    )
    result = check_result()
    facts = msgspec.structs.replace(result.function, code=str(code.parent), handler="app.handler")
    as_written = as_json.encode(msgspec.structs.replace(result, function=facts, advice=advised))
    (terminal.folder / "headstart-report").mkdir()
    (terminal.folder / "headstart-report/report.json").write_bytes(as_written)
    shown = terminal.type("audit", "src", "--rule", "HS401", "--rule", "HS501").out.decode()
    assert "It would save 6.50 ms per cold start and $1.25 per month" in " ".join(shown.split("\n\n")[0].split())
    said = ("HS401 client", "−$1.25 per month (by the last check)", "HS501 unused", "−840 ms per cold start")
    assert sorted(said, key=shown.index) == list(said)
