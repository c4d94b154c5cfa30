"""What ``headstart synth`` writes: the three formats deploy the same, and linters, audits and the engine take them."""

import filecmp
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import cloudformation_validate
import pytest
from stacks import comparison

from headstart.engine import interpreters

pytestmark = pytest.mark.slow

PAGE = (Path(__file__).parents[2] / "docs/synth.md").read_text()
KIT = Path(__file__).parents[2] / "kit"
RUNTIME = interpreters.installed()[-1].runtime
REGION = "eu-central-1"
FORMATS = ("cdk", "cloudformation", "sam")
FUNCTION = f"""
[function]
name = "orders"
code = "code"
handler = "app.handler"
runtime = "{RUNTIME}"
architecture = "arm64"
memory_mb = 512
timeout_s = 10
region = "{REGION}"
"""
EVERYTHING = (
    FUNCTION
    + """
layers = ["layer"]
ephemeral_storage_mb = 1024
log_format = "JSON"
application_log_level = "WARN"
environment = { CURRENCY = "EUR €" }

[infrastructure]
alias = "prod"
log_retention_days = 30
failed_events = true
dashboard = true
emails = ["team@example.com", "night@example.com"]
reserved = 100

[infrastructure.provisioned]
executions = 5
minimum = 2
maximum = 40
tracking = { target_ratio = 0.6, scale_in_cooldown_s = 120 }
schedules = [
    { name = "morning", when = "cron(45 7 ? * MON-FRI *)", minimum = 20, time_zone = "Europe/Berlin" },
    { name = "night", when = "cron(0 22 * * ? *)", maximum = 4, minimum = 1 },
]

[infrastructure.alarms]
error_percent = 2.5
account_concurrency = 900
iterator_age_s = 60
async_age_s = 30.5
notifies_each = true
evaluation = { datapoints = 3, periods = 5 }

[infrastructure.shift]
percent = 20
minutes = 7

[infrastructure.vpc]
id = "vpc-0a1b2c3d"
subnet_ids = ["subnet-0a1b2c3d", "subnet-1a1b2c3d"]
security_group_ids = ["sg-0a1b2c3d"]
"""
)
AVERAGE = (
    FUNCTION
    + """
[infrastructure]
tracing = false

[infrastructure.provisioned]
executions = 3
maximum = 6
tracking = { statistic = "Average" }

[infrastructure.shift]
percent = 10
minutes = 1
is_linear = true
"""
)
PROJECTS = {"nothing said": FUNCTION, "everything": EVERYTHING, "an average": AVERAGE}

PROPERTIES = "Properties"
TRUST = (PROPERTIES, "AssumeRolePolicyDocument", "Statement", 0)
# Where the plain template may differ from the CDK's, and why.
FROM_CDK = {
    ("AWS::Lambda::Function", (PROPERTIES, "Code")): "the CDK names its asset, which is a copy of the same files",
    (
        "AWS::Lambda::LayerVersion",
        (PROPERTIES, "Content"),
    ): "the CDK names its asset, which is a copy of the same files",
    ("AWS::CloudWatch::CompositeAlarm", (PROPERTIES, "AlarmName")): "the CDK makes up a name, as CloudFormation does",
    ("AWS::ApplicationAutoScaling::ScalingPolicy", (PROPERTIES, "PolicyName")): "the CDK's has a hash in it",
}
# Where what SAM makes may differ from the plain template, and why.
FROM_SAM = {
    ("AWS::Lambda::Function", (PROPERTIES, "Tags")): "SAM tags what it makes",
    ("AWS::IAM::Role", (PROPERTIES, "Tags")): "SAM tags what it makes",
    ("AWS::IAM::Policy", ()): "SAM writes permissions into the role",
    ("AWS::IAM::Role", (PROPERTIES, "Policies")): "SAM writes permissions into the role",
    ("AWS::IAM::Role", (PROPERTIES, "ManagedPolicyArns")): "SAM takes X-Ray's managed policy",
    (
        "AWS::IAM::Role",
        (PROPERTIES, "ManagedPolicyArns", 0),
    ): "SAM names the partition, and a wider policy of CodeDeploy",
    ("AWS::IAM::Role", (*TRUST, "Action")): "SAM writes a list of one",
    ("AWS::IAM::Role", (*TRUST, "Principal", "Service")): "SAM writes a list of one",
    ("AWS::Lambda::LayerVersion", (PROPERTIES, "LayerName")): "SAM names layers, and keeps old ones",
    ("AWS::Lambda::LayerVersion", ("DeletionPolicy",)): "SAM names layers, and keeps old ones",
    ("AWS::Lambda::Version", ("UpdateReplacePolicy",)): "SAM gives another version another id, and so replaces none",
    (
        "AWS::CodeDeploy::DeploymentGroup",
        (PROPERTIES, "AutoRollbackConfiguration", "Events"),
    ): "SAM takes a deployment back that is stopped, too",
}
MADE_BY_SAM = {
    r"OrdersFunctionAlias\w+": "OrdersAlias",
    r"OrdersFunctionVersion[0-9a-f]{10}": "OrdersFunctionCurrentVersion",
    r"OrdersFunctionRole": "OrdersFunctionServiceRole",
    r"OrdersFunctionEventInvokeConfig": "OrdersAliasEventInvokeConfig",
    r"OrdersFunctionDeploymentGroup": "OrdersDeploymentGroup",
    r"OrdersLayer1[0-9a-f]{10}": "OrdersLayer1",
    r"ServerlessDeploymentApplication": "OrdersDeploymentGroupApplication",
    r"CodeDeployServiceRole": "OrdersDeploymentGroupServiceRole",
}
EMAILS = {"OrdersTopicteamexamplecom.*": "OrdersTopicEmail1", "OrdersTopicnightexamplecom.*": "OrdersTopicEmail2"}


def run(folder: Path, *words: object) -> "subprocess.CompletedProcess[str]":
    """A program that has to succeed; the CDK's own validation is off, for it takes seconds."""
    environment = {**os.environ, "CDK_VALIDATION": "false"}
    command = [sys.executable, *map(str, words)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module", params=PROJECTS)
def written(request, tmp_path_factory):
    """A project, with what is written of it in each format, and the CDK's template synthesized."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "code").mkdir()
    (folder / "code/app.py").write_text("def handler(event, context):\n    return event\n")
    (folder / "layer/python").mkdir(parents=True)
    (folder / "layer/python/shared.py").write_text("RATE = 2\n")
    (folder / "headstart.toml").write_text(PROJECTS[request.param])
    for name in FORMATS:
        run(folder, "-m", "headstart", "synth", ".", "--format", name, "--output", f"out/{name}")
    run(folder / "out/cdk", "app.py")
    return folder / "out"


@pytest.fixture
def templates(written):
    return [written / "cdk/cdk.out/Orders.template.json", *(written / name / "template.yaml" for name in FORMATS[1:])]


def packaged(template: Path) -> Path:
    """What ``aws cloudformation package`` makes of a template: code in S3. cfn-lint is told that it has to be made."""
    text = template.read_text()
    in_s3 = re.sub(r"^( +)(Code|Content): (\S+)$", r"\1\2: {S3Bucket: bucket, S3Key: key}", text, flags=re.MULTILINE)
    made = template.with_name(f"packaged.{template.name}")
    made.write_text(in_s3)
    return made


def unexplained(found, allowed):
    """The differences that no entry of ``allowed`` covers."""
    return {(kind, place) for kind, place in found if (kind, place) not in allowed}


def test_the_plain_template_has_the_resources_of_the_cdk_app(templates):
    made, plain, _ = templates
    left = comparison.by_name(comparison.read(made, REGION), EMAILS)
    right = comparison.by_name(comparison.read(plain, REGION), {})
    assert unexplained(comparison.differences(left, right), FROM_CDK) == set()


def test_what_sam_makes_are_those_resources_too(templates):
    _, plain, sam = templates
    left = comparison.by_name(comparison.read(sam, REGION), MADE_BY_SAM)
    right = comparison.by_name(comparison.read(plain, REGION), {})
    for resources in (left, right):  # its policies are in the role, or before the function
        for each in resources.values():
            each["Before"] -= {"OrdersFunctionServiceRoleDefaultPolicy", "OrdersFailedEvents"}
    assert unexplained(comparison.differences(left, right), FROM_SAM) == set()


def test_the_asset_of_the_cdk_has_the_files_that_the_plain_template_names(templates):
    asset, named, _ = (comparison.read(template, REGION).functions[0].code for template in templates)
    compared = filecmp.dircmp(asset, named)
    assert (compared.left_only, compared.right_only, compared.diff_files) == ([], [], [])
    assert compared.same_files == ["app.py"]


def test_linters_say_nothing_but_that_the_cdk_orders_twice(templates):
    informational = {cloudformation_validate.Severity.INFO, cloudformation_validate.Severity.DEBUG}
    for template in templates:
        command = [Path(sys.executable).with_name("cfn-lint"), "--format", "json", template]
        said = json.loads(subprocess.run(command, capture_output=True, check=False).stdout or "[]")
        rules = {one["Rule"]["Id"] for one in said if one["Level"] != "Informational"}
        report = cloudformation_validate.CompositeEngine().validate_template(str(packaged(template)))
        rules |= {one.rule_id for one in report.diagnostics if one.severity not in informational}
        assert rules <= {"W3005"}, template


def test_an_audit_has_nothing_to_warn_of(templates):
    for template in templates:
        words = ("-m", "headstart", "audit", template, "--fail-on", "warning", "--account-concurrency", "900")
        run(template.parent, *words)


def test_the_function_runs_from_each(templates):
    for template in templates:
        done = run(template.parent, "-m", "headstart", "invoke", template, "-e", '{"order": 7}')
        assert json.loads(done.stdout) == {"order": 7}


def test_ruff_would_write_the_app_as_it_is(written):
    ruff = [str(Path(sys.executable).with_name("ruff"))]
    line = ["--line-length", "120", "--isolated", str(written / "cdk/app.py")]
    for words in (["format", "--check"], ["check", "--select", "E,F,W,I,UP,B"]):
        done = subprocess.run([*ruff, *words, *line], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_has_every_difference_and_its_reason():
    reasons = set(FROM_CDK.values()) | set(FROM_SAM.values())
    assert [reason for reason in reasons if reason not in PAGE] == []


@pytest.fixture(scope="module")
def requiring(tmp_path_factory):
    """A folder of code, with what it requires, its headstart.toml and its infrastructure in it."""
    folder = tmp_path_factory.mktemp("requiring")
    (folder / "app.py").write_text(
        "import headstart_kit\n\ndef handler(event, context):\n    return headstart_kit.__name__\n"
    )
    (folder / "requirements.txt").write_text(f"{KIT}\n")
    (folder / "headstart.toml").write_text(FUNCTION.replace('code = "code"', "").replace("arm64", "x86_64"))
    for name in FORMATS:
        run(folder, "-m", "headstart", "synth", ".", "--format", name, "--output", f"out/{name}")
    run(folder / "out/cdk", "app.py")
    return folder / "out"


@pytest.mark.parametrize("template", ["cdk/cdk.out", "cloudformation/template.yaml", "sam/template.yaml"])
def test_what_is_required_ships_and_the_infrastructure_does_not(requiring, template):
    done = run(requiring, "-m", "headstart", "invoke", template, "-e", "{}")
    assert json.loads(done.stdout) == "headstart_kit"
    run(requiring, "-m", "headstart", "audit", template, "--fail-on", "warning")
    path = requiring / template
    (code,) = {one.code for one in comparison.read(path, REGION).functions}
    assert not {"out", "requirements.txt", "headstart-report"} & {each.name for each in code.iterdir()}
    assert list(code.glob("headstart_kit/__pycache__/*.pyc"))


def test_a_template_needs_no_cdk(tmp_path):
    (tmp_path / "code").mkdir()
    (tmp_path / "code/app.py").write_text("def handler(event, context): ...\n")
    (tmp_path / "headstart.toml").write_text(FUNCTION)
    program = (
        "import sys\nfrom headstart.cli.main import main\nfrom headstart.cli.app import this_machine\n"
        "code = main(['synth', '.', '--format', sys.argv[1], '--output', sys.argv[1]], open_lab=this_machine)\n"
        "sys.exit(code or int('aws_cdk' in sys.modules or 'jsii' in sys.modules))"
    )
    for name in FORMATS:
        run(tmp_path, "-c", program, name)
