"""Of a program that is not followed to its end nothing is concluded from what seems to be missing."""

from pathlib import Path

import msgspec
import pytest

from headstart import inspection
from headstart.audit.code import reader as code_reader
from headstart.audit.edits import removing, setting, setting_key
from headstart.audit.registry import all_rules
from headstart.audit.subject import Subject
from headstart.model.audit import AuditSettings
from headstart.model.finding import Severity
from headstart.model.infrastructure import DeclaredFunction, Infrastructure, NotUnderstood, Place, Resource

HERE = Path(__file__).parent
ABOUT_WHAT_IS_MISSING = (
    "hs109 hs118 hs122 hs123 hs204 hs206/bad_d32 hs208 hs209 hs212/bad_no hs214 hs215 hs217 hs218 hs219 hs220"
)
FIXTURES = [
    file
    for which in ABOUT_WHAT_IS_MISSING.split()
    for file in sorted(HERE.glob(f"{which}*.yaml" if "/" in which else f"{which}/bad*.yaml"))
]
STACK = """\
lambda_.Function(
    self,
    "Orders",
    # {comment}
    reserved_concurrent_executions=20,
)
"""


@pytest.mark.parametrize("file", FIXTURES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_what_may_be_said_elsewhere_is_not_missing(file: Path):
    subject = inspection.look_at(file, AuditSettings())
    find = all_rules()[file.parent.name.upper()].find
    assert list(find(subject))
    [template] = subject.infrastructures
    doubts = tuple(NotUnderstood(id=name, what="a loop") for name in template.resources)
    program = msgspec.structs.replace(template, is_program=True, not_understood=doubts)
    assert list(find(msgspec.structs.replace(subject, infrastructures=(program,)))) == []


@pytest.mark.parametrize(
    ("comment", "severity"),
    [
        ("Reserved concurrency to avoid cold starts", Severity.WARNING),
        ("keeps 20 of them warm", Severity.WARNING),
        ("the database takes 20 connections", Severity.INFO),
    ],
)
def test_a_comment_beside_the_reservation_says_what_it_was_meant_for(comment: str, severity: Severity, tmp_path: Path):
    file = tmp_path / "stack.py"
    file.write_text(STACK.format(comment=comment))
    program = code_reader.read(tmp_path)
    place = Place(program.modules["stack"].file, 5)
    resource = Resource(
        id="Orders",
        type="AWS::Lambda::Function",
        properties={"ReservedConcurrentExecutions": 20},
        places={("ReservedConcurrentExecutions",): place},
    )
    function = DeclaredFunction(resource=resource, name="Orders", reserved=20)
    infrastructure = Infrastructure(file=place.file, functions=(function,), is_program=True)
    subject = Subject(root=tmp_path, infrastructures=(infrastructure,), programs=(program,))
    [finding] = all_rules()["HS119"].find(subject)
    assert finding.severity is severity
    assert finding.place == place


def test_the_source_of_a_program_has_no_edits():
    resource = Resource(id="Slow", type="AWS::CloudWatch::Alarm", place=Place("stack.py", 3))
    assert setting(resource, ("Threshold",), to=24000) == ()
    assert setting_key(resource, "DeletionPolicy", to="Retain") == ()
    assert removing(resource, ("AlarmName",)) == ()
