"""Of a correct CDK program in Python the audit has nothing above information to say."""

from pathlib import Path

import pytest

from headstart import inspection
from headstart.audit.registry import all_rules
from headstart.model.audit import AuditSettings
from headstart.model.finding import Finding, Severity

HERE = Path(__file__).parent
PROGRAMS = HERE / "programs"


def findings(path: Path) -> list[Finding]:
    subject = inspection.look_at(path, AuditSettings())
    return [finding for rule in all_rules().values() for finding in rule.find(subject)]


@pytest.mark.parametrize("path", [PROGRAMS, *sorted(PROGRAMS.glob("*.py"))], ids=lambda path: path.name)
def test_a_correct_program_has_no_warning(path: Path):
    assert [each for each in findings(path) if each.severity is not Severity.INFO] == []


def test_all_of_a_correct_program_is_looked_at():
    """A program of which nothing is understood would have no findings either."""
    subject = inspection.look_at(PROGRAMS, AuditSettings())
    seen = {each.file.rpartition("/")[2]: each for each in subject.infrastructures}
    assert not seen["orders_stack.py"].not_understood
    assert not seen["pictures_stack.py"].not_understood
    assert seen["tuned_stack.py"].not_understood
    with_code = {function.name for function in subject.functions if function.handler and function.declared}
    assert with_code == {"Orders", "ThumbnailsFunction", "IndexFunction", "SweepFunction", "Plain"}
