"""Logs kept for ever are a warning where the template says how long others are kept, else information."""

from pathlib import Path

import pytest

from headstart import inspection
from headstart.audit.registry import all_rules
from headstart.model.audit import AuditSettings
from headstart.model.finding import Severity

ORDERS = """Resources:
  Orders: {Type: AWS::Lambda::Function, Properties: {Runtime: python3.13, Code: {S3Bucket: code, S3Key: orders.zip}}}
"""
MAIL = """  Mail: {Type: AWS::Lambda::Function, Properties: {FunctionName: mail, Code: {S3Bucket: code, S3Key: "1"}}}
"""


@pytest.mark.parametrize(
    ("beside", "severity"),
    [
        ("", Severity.INFO),
        ("  Flow: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /vpc, RetentionInDays: 30}}\n", Severity.INFO),
        (
            f"{MAIL}  Logs: {{Type: AWS::Logs::LogGroup, "
            "Properties: {LogGroupName: /aws/lambda/mail, RetentionInDays: 30}}\n",
            Severity.WARNING,
        ),
    ],
)
def test_a_gap_is_worth_a_warning_where_others_are_kept_for_a_time(beside: str, severity: Severity, tmp_path: Path):
    (tmp_path / "template.yaml").write_text(ORDERS + beside)
    subject = inspection.look_at(tmp_path / "template.yaml", AuditSettings())
    (finding,) = all_rules()["HS307"].find(subject)
    assert (finding.subject, finding.severity) == ("Orders", severity)
