"""The edits of rules about templates answer their findings, and the safe ones touch monitoring and retention alone."""

from pathlib import Path
from shutil import copytree

import pytest

from headstart import inspection
from headstart.audit.fix.apply import write
from headstart.audit.fix.plan import plan
from headstart.audit.registry import all_rules
from headstart.model.audit import AuditSettings
from headstart.model.finding import Finding, RemoveProperty, SetProperty
from headstart.model.infrastructure import Infrastructure

HERE = Path(__file__).parent
RETENTION = {"DeletionPolicy", "UpdateReplacePolicy"}


def with_edits(file: Path) -> tuple[Infrastructure, list[Finding]]:
    """The findings of the folder's rule that carry edits."""
    subject = inspection.look_at(file, AuditSettings())
    found = all_rules()[file.parent.name.upper()].find(subject)
    return subject.infrastructures[0], [finding for finding in found if finding.edits]


EDITED = [file for file in sorted(HERE.glob("hs[12]*/bad*.yaml")) if with_edits(file)[1]]
EACH = pytest.mark.parametrize("file", EDITED, ids=lambda file: f"{file.parent.name}-{file.stem}")


@EACH
def test_edits_answer_the_finding(file: Path, tmp_path: Path):
    copy = copytree(file.parent, tmp_path / file.parent.name) / file.name
    _, findings = with_edits(copy)
    planned = plan(findings, unsafe=True)
    assert planned.refused == ()
    write(planned.changes)
    assert with_edits(copy)[1] == []


@EACH
def test_safe_edits_touch_monitoring_and_retention_alone(file: Path):
    infrastructure, findings = with_edits(file)
    for edit in (edit for finding in findings if finding.is_safe for edit in finding.edits):
        assert isinstance(edit, SetProperty | RemoveProperty)
        is_retention = isinstance(edit, SetProperty) and edit.section in RETENTION
        assert is_retention or infrastructure.resources[edit.id].type == "AWS::CloudWatch::Alarm"


def test_there_are_edits_of_many_rules():
    assert len({file.parent.name for file in EDITED}) >= 15
