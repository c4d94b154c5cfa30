"""The app of docs/constructs.md, run where there is no Node, and what linters and audits say of its template."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import cloudformation_validate
import pytest

import headstart.cdk

pytestmark = pytest.mark.slow

PAGE = (Path(__file__).parents[2] / "docs/constructs.md").read_text()
HANDLERS = {"orders": "def handler(event, context): ...\n", "records": "def process_part(event, context): ...\n"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The app's folder after the CDK has validated and written its template."""
    folder = tmp_path_factory.mktemp("app")
    for name, handler in HANDLERS.items():
        (folder / "functions" / name).mkdir(parents=True)
        (folder / "functions" / name / "app.py").write_text(handler)
    (app,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (folder / "app.py").write_text(app)
    kept = {name: value for name, value in os.environ.items() if name not in {"JSII_NODE", "CDK_VALIDATION"}}
    environment = kept | {"PATH": "/nowhere"}
    ended = subprocess.run(
        [sys.executable, "app.py"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    return folder


@pytest.fixture
def template(folder):
    return folder / "cdk.out/Shop.template.json"


def test_the_app_has_all_of_it(template):
    types = Counter(one["Type"] for one in json.loads(template.read_text())["Resources"].values())
    expected = {
        "Lambda::Function": 2,
        "Lambda::Version": 2,
        "Lambda::Alias": 2,
        "ApplicationAutoScaling::ScalableTarget": 1,
        "ApplicationAutoScaling::ScalingPolicy": 1,
        "CloudWatch::Alarm": 12,
        "CloudWatch::CompositeAlarm": 2,
        "CloudWatch::Dashboard": 1,
        "CodeDeploy::DeploymentGroup": 1,
        "StepFunctions::StateMachine": 1,
        "SNS::TopicPolicy": 1,
    }
    assert {kind: types[f"AWS::{kind}"] for kind in expected} == expected


def test_the_cdks_own_validation_ran_and_found_nothing(folder):
    report = json.loads((folder / "cdk.out/validation-report.json").read_text())
    assert report["pluginReports"] == []


def test_cfn_lint_says_nothing_but_that_the_cdk_orders_twice(template):
    command = [Path(sys.executable).with_name("cfn-lint"), "--format", "json", template]
    said = json.loads(subprocess.run(command, capture_output=True, check=False).stdout)
    assert {one["Rule"]["Id"] for one in said if one["Level"] != "Informational"} == {"W3005"}


def test_cloudformation_validate_says_nothing_but_that_either(template):
    report = cloudformation_validate.CompositeEngine().validate_template(str(template))
    informational = {cloudformation_validate.Severity.INFO, cloudformation_validate.Severity.DEBUG}
    assert {one.rule_id for one in report.diagnostics if one.severity not in informational} == {"W3005"}


def test_the_audit_has_nothing_to_warn_of(folder):
    command = [sys.executable, "-m", "headstart", "audit", "cdk.out", "--json", "-", "--fail-on", "warning"]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert not json.loads(ended.stdout)["not_understood"]


def test_the_page_names_every_construct():
    public = {name: getattr(headstart.cdk, name) for name in headstart.cdk.__all__}
    ours = {name: value for name, value in public.items() if value is not headstart.cdk.Construct}
    constructs = [name for name, value in ours.items() if hasattr(value, "__jsii_type__")]
    assert len(constructs) == 8
    assert [name for name in constructs if f"| `{name}` |" not in PAGE] == []
