"""The audit as a plugin of ``synth``, in a process of its own: the CDK validates there as it does for its users."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

APP = """
import sys
from headstart.cdk import AuditSettings, audit_at_synth, cdk

app = cdk.App(outdir="cdk.out")
audit_at_synth(app, AuditSettings(select=("HS101", "HS401")))
stack = cdk.Stack(app, "Shop")
function = cdk.aws_lambda.Function(
    stack,
    "Orders",
    runtime=cdk.aws_lambda.Runtime.PYTHON_3_13,
    handler="app.handler",
    code=cdk.aws_lambda.Code.from_asset(sys.argv[1]),
    reserved_concurrent_executions=int(sys.argv[2]),
)
cdk.aws_lambda.Alias(
    stack, "Live", alias_name="live", version=function.current_version, provisioned_concurrent_executions=50
)
app.synth()
"""
HANDLER = """
import boto3


def handler(event, context):
    return boto3.client("s3").list_buckets()
"""


def synth(folder: Path, *, reserved: int) -> "subprocess.CompletedProcess[str]":
    code = folder / "orders"
    code.mkdir()
    (code / "app.py").write_text(HANDLER)
    (folder / "stack.py").write_text(APP)
    words = [sys.executable, "stack.py", str(code), str(reserved)]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_what_cannot_work_fails_synth_with_the_path_of_its_construct(tmp_path: Path):
    done = synth(tmp_path, reserved=5)
    assert done.returncode == 1
    assert "provisions 50 and reserves 5: Lambda refuses the rest (headstart audit)\n   Shop/Orders/Res" in done.stderr
    report = json.loads((tmp_path / "cdk.out/validation-report.json").read_text())
    text = json.dumps(report)
    assert "HS101" in text
    assert "HS401" in text


@pytest.mark.slow
def test_a_warning_is_told_and_does_not_fail_synth(tmp_path: Path):
    done = synth(tmp_path, reserved=60)
    assert done.returncode == 0, done.stderr
    assert "boto3.client is called in every invocation" in done.stderr
    assert "app.py:6" in done.stderr
