"""What a rule's edits change is not found again, and a second run has nothing to do."""

import inspect
import shutil
from pathlib import Path

import pytest
from rules.test_fixtures import fixtures, settings_of

from headstart import inspection
from headstart.audit import runner
from headstart.audit.fix import apply, plan
from headstart.audit.registry import all_rules
from headstart.model.finding import Finding


def makes_edits(fixture: Path) -> bool:
    """Whether the fixture is a bad one of a rule whose findings may carry edits."""
    rule = all_rules()[fixture.parent.name.upper()]
    return fixture.name.startswith("bad") and "edits=" in inspect.getsource(inspect.getmodule(rule.find))


BAD = [fixture for fixture in fixtures() if makes_edits(fixture)]


def findings(fixture: Path, rule: str) -> tuple[Finding, ...]:
    rules = {rule: all_rules()[rule]}
    return runner.run(inspection.look_at(fixture, settings_of(fixture)), settings_of(fixture), rules=rules).findings


@pytest.mark.parametrize("fixture", BAD, ids=lambda fixture: f"{fixture.parent.name}-{fixture.name}")
def test_a_finding_is_gone_once_its_edits_are_made(fixture: Path, tmp_path: Path):
    rule = fixture.parent.name.upper()
    copied = tmp_path / fixture.name
    (shutil.copytree if fixture.is_dir() else shutil.copy)(fixture, copied)
    found = [finding for finding in findings(copied, rule) if finding.edits]
    planned = plan.plan(found, unsafe=True)
    assert [each.why for each in planned.refused] == []
    apply.write(planned.changes)
    answered = {finding.fingerprint for change in planned.changes for finding in change.findings}
    assert len(answered) == len(found)
    left = findings(copied, rule)
    assert not [finding for finding in left if finding.edits]
