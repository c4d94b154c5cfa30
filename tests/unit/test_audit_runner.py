"""What the runner makes of findings: ignored, known from before, excluded, weighed, ranked."""

import json
from pathlib import Path

import msgspec
import pytest

from headstart.audit import baseline, runner
from headstart.audit.code import reader
from headstart.audit.registry import Registered
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import AuditedFunction, Subject
from headstart.errors import ConfigError
from headstart.model.audit import AuditSettings
from headstart.model.finding import Severity
from headstart.model.infrastructure import DeclaredFunction, Infrastructure, NotUnderstood, Place, Resource

CODE = """\
import boto3
a = boto3.client("s3")
b = boto3.client("sqs")
"""
ONLY_CODE = frozenset({Sees.CODE})


def calls(rule: Rule):
    """Finds every call of boto3.client."""

    def find(subject: Subject):
        for program in subject.programs:
            for call in program.every_call():
                yield rule.finding(f"makes {call.name}", "do not", place=call.place, subject="app")

    return find


def registered(id_: str, severity: Severity = Severity.WARNING, *, sees=ONLY_CODE, find=None) -> Registered:
    rule = Rule(id=id_, name=id_.lower(), severity=severity, sees=sees)
    return Registered(rule=rule, find=find or calls(rule), explanation="Says what.\n\nMore.")


RULES = {"HS401": registered("HS401"), "HS402": registered("HS402", Severity.ERROR)}


class Folder:
    """A folder with app.py, audited by rules of the test's own."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def subject(self, code: str = CODE) -> Subject:
        (self.root / "app.py").write_text(code)
        return Subject(root=self.root, programs=(reader.read(self.root),))

    def run(self, code: str = CODE, *, rules=None, **settings):
        return runner.run(self.subject(code), AuditSettings(**settings), rules=rules or RULES)


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


def rules_and_lines(result) -> list[tuple[str, int]]:
    return [(finding.rule, finding.place.line) for finding in result.findings]


def test_what_matters_most_comes_first(folder):
    result = folder.run()
    assert rules_and_lines(result) == [("HS402", 2), ("HS402", 3), ("HS401", 2), ("HS401", 3)]
    assert [rule.id for rule in result.rules] == ["HS401", "HS402"]
    assert result.looked_at == (f"{folder.root}: 1 Python file",)


def test_savings_rank_findings_of_one_severity(folder):
    rule = Rule(id="HS501", name="x", severity=Severity.WARNING, sees=ONLY_CODE)

    def find(subject):
        for line, saved_ms in ((1, None), (2, 5.0), (3, 50.0)):
            found = rule.finding(f"{line}", "do", place=Place("app.py", line))
            yield msgspec.structs.replace(found, saves_ms=saved_ms)

    result = folder.run(rules={"HS501": registered("HS501", find=find)})
    assert [finding.place.line for finding in result.findings] == [3, 2, 1]


def test_what_two_functions_share_is_reported_once(folder):
    find = RULES["HS401"].find
    twice = registered("HS401", find=lambda subject: [*find(subject), *find(subject)])
    assert len(folder.run(rules={"HS401": twice}).findings) == 2


@pytest.mark.parametrize(
    ("settings", "left"),
    [
        ({"select": ("HS402",)}, {"HS402"}),
        ({"select": ("HS4",), "ignore": ("HS402",)}, {"HS401"}),
        ({"ignore": ("HS4",)}, set()),
        ({"exclude": ("app.py",)}, set()),
        ({"exclude": ("other/*",)}, {"HS401", "HS402"}),
    ],
)
def test_settings_choose_rules_and_files(folder, settings, left):
    assert {finding.rule for finding in folder.run(**settings).findings} == left


def test_severities_are_set_by_rule_and_the_nearest_name_wins(folder):
    result = folder.run(severity={"HS4": Severity.INFO, "HS401": Severity.ERROR})
    assert {(finding.rule, finding.severity.word) for finding in result.findings} == {
        ("HS401", "error"),
        ("HS402", "info"),
    }


@pytest.mark.parametrize("settings", [{"select": ("HS9",)}, {"ignore": ("hs401",)}, {"severity": {"X": Severity.INFO}}])
def test_a_rule_that_there_is_none_of_is_refused(folder, settings):
    with pytest.raises(ConfigError, match="is no rule"):
        folder.run(**settings)


@pytest.mark.parametrize(
    "code",
    [
        CODE.replace('"s3")', '"s3")  # headstart: ignore[HS401, HS402] by tenant'),
        CODE.replace("a =", "# headstart: ignore[HS401,HS402]: by tenant\n# and more\n\na ="),
        CODE.replace("a =", "#headstart:ignore[HS401,HS402] by tenant\na ="),
    ],
)
def test_a_comment_at_the_line_or_above_it_ignores(folder, code):
    result = folder.run(code)
    line = code.splitlines().index('b = boto3.client("sqs")') + 1
    assert rules_and_lines(result) == [("HS402", line), ("HS401", line)]
    assert {(each.finding.rule, each.how, each.reason) for each in result.suppressed} == {
        ("HS401", "comment", "by tenant"),
        ("HS402", "comment", "by tenant"),
    }


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("# headstart: ignore[HS401]", "ignore[HS401]: it gives no reason"),
        ("# headstart: ignore by tenant", "ignore: it names no rule"),
        ("# headstart: ignore[HS999] by tenant", "ignore[HS999]: HS999 is no rule"),
        ("# headstart: ignore[HS401, HS403] by tenant", "ignore[HS401, HS403]: HS403 finds nothing here"),
    ],
)
def test_an_ignore_that_says_too_little_or_does_nothing_is_itself_a_finding(folder, comment, said):
    rules = {"HS401": RULES["HS401"], "HS403": registered("HS403", find=lambda _: ())}
    result = folder.run(CODE.replace('"s3")', f'"s3")  {comment}'), rules=rules)
    (found,) = (finding for finding in result.findings if finding.rule == "HS001")
    assert (found.message, found.severity, found.place.line) == (said, Severity.INFO, 2)


@pytest.mark.parametrize(
    ("settings", "is_said"),
    [
        ({}, True),
        ({"select": ("HS0",)}, True),
        ({"select": ("HS401",)}, False),
        ({"ignore": ("HS001",)}, False),
        ({"exclude": ("app.py",)}, False),
    ],
)
def test_what_is_said_of_ignores_is_a_rule_like_others(folder, settings, is_said):
    result = folder.run(CODE.replace('"s3")', '"s3")  # headstart: ignore[HS999] by tenant'), **settings)
    assert ("HS001" in {finding.rule for finding in result.findings}) == is_said


def test_an_ignore_of_a_rule_that_did_not_run_is_not_in_vain(folder):
    measured = registered("HS306", sees=frozenset({Sees.MEASURED}))
    result = folder.run(CODE + "# headstart: ignore[HS306] by tenant\n", rules={**RULES, "HS306": measured})
    assert "HS001" not in {finding.rule for finding in result.findings}
    assert [(each.rule, each.why) for each in result.not_run] == [("HS306", "needs a measurement: headstart check")]


def test_what_a_text_in_the_code_says_is_no_comment(folder):
    assert len(folder.run(CODE.replace('"s3"', '"# headstart: ignore[HS401] x"')).findings) == 4


def test_yaml_has_comments_and_json_has_metadata(tmp_path):
    file = tmp_path / "template.yaml"
    file.write_text("Resources:\n  A:\n    Type: T  # headstart: ignore[HS101] agreed\n  B:\n    Type: T\n")
    places = {"A": Place(str(file), 3), "B": Place(str(file), 5)}
    told = {"headstart": {"ignore": ["HS101 quota raised"]}}
    resources = {
        id_: Resource(id=id_, type="T", place=place, metadata=told if id_ == "B" else {})
        for id_, place in places.items()
    }
    rule = Rule(id="HS101", name="x", severity=Severity.ERROR, sees=frozenset({Sees.TEMPLATE}))

    def find(subject):
        for infrastructure in subject.infrastructures:
            for each in infrastructure.resources.values():
                yield rule.finding(each.id, "do", place=each.place, subject=each.id)

    subject = Subject(root=tmp_path, infrastructures=(Infrastructure(file=str(file), resources=resources),))
    result = runner.run(subject, AuditSettings(), rules={"HS101": registered("HS101", find=find, sees=rule.sees)})
    assert result.findings == ()
    assert {(each.finding.subject, each.reason) for each in result.suppressed} == {
        ("A", "agreed"),
        ("B", "quota raised"),
    }


def test_a_baseline_holds_when_lines_move_and_lets_new_findings_through(folder, tmp_path):
    file = tmp_path / "old.json"
    file.write_bytes(baseline.encode(folder.run().findings))
    assert {each["rule"] for each in json.loads(file.read_text())["findings"]} == {"HS401", "HS402"}
    moved = "# a new line\n\n" + CODE + 'c = boto3.client("sns")\n'
    result = folder.run(moved, baseline=file)
    assert rules_and_lines(result) == [("HS402", 6), ("HS401", 6)]
    assert [each.how for each in result.suppressed] == ["baseline"] * 4
    assert result.said == ()


def test_a_baseline_says_when_its_findings_are_gone(folder, tmp_path):
    file = tmp_path / "old.json"
    file.write_bytes(baseline.encode(folder.run().findings))
    result = folder.run("import boto3\n", baseline=file)
    assert result.said == ("4 of the 4 findings in the baseline are gone: --write-baseline forgets them",)


def test_two_findings_on_lines_that_read_the_same_have_two_fingerprints(folder):
    result = folder.run('import boto3\nboto3.client("s3")\nboto3.client("s3")\n')
    assert len({finding.fingerprint for finding in result.findings}) == 4


@pytest.mark.parametrize("text", ["", "{}", '{"format": 2, "findings": []}', "[1]"])
def test_what_is_no_baseline_is_refused(folder, tmp_path, text):
    file = tmp_path / "old.json"
    file.write_text(text)
    with pytest.raises(ConfigError, match=r"old\.json"):
        folder.run(baseline=file)
    with pytest.raises(ConfigError, match="cannot be read"):
        folder.run(baseline=tmp_path / "gone.json")


def test_a_rule_that_fails_hides_nothing_and_is_said(folder):
    def find(subject):
        yield next(calls(RULES["HS401"].rule)(subject))
        raise KeyError("MemorySize")

    result = folder.run(rules={**RULES, "HS403": registered("HS403", find=find)})
    assert len(result.findings) == 4  # the one before the failure is of HS401, and one of its own
    assert [(each.rule, each.why) for each in result.faults] == [("HS403", "KeyError: 'MemorySize'")]


def test_what_was_not_understood_is_said(folder):
    subject = folder.subject("def")
    doubt = NotUnderstood(id="Nested", what="its template is not here")
    infrastructure = Infrastructure(file="t.yaml", not_understood=(doubt,))
    subject = msgspec.structs.replace(subject, infrastructures=(infrastructure,))
    result = runner.run(subject, AuditSettings(), rules=RULES)
    assert [each.id for each in result.not_understood] == ["Nested", str(folder.root / "app.py")]


def test_each_thing_that_rules_need_is_named_when_it_is_not_there():
    rules = {f"HS{number}": registered(f"HS{number}", sees=frozenset({sees})) for number, sees in enumerate(Sees, 101)}
    result = runner.run(Subject(root=Path()), AuditSettings(), rules=rules)
    assert [each.why.split(":")[0] for each in result.not_run] == [
        "needs a template",
        "needs Python code",
        "needs the function's package",
        "needs a measurement",
    ]


def test_a_declared_function_without_a_template_is_enough_for_rules_about_templates():
    rules = {"HS101": registered("HS101", sees=frozenset({Sees.TEMPLATE}), find=lambda _: ())}
    resource = Resource(id="a", type="AWS::Lambda::Function")
    declared = AuditedFunction(name="a", declared=DeclaredFunction(resource=resource, name="a"))
    assert runner.run(Subject(root=Path(), functions=(declared,)), AuditSettings(), rules=rules).not_run == ()


def test_a_resource_of_the_cdk_goes_by_its_construct_path_and_its_file_is_nobodys_to_edit(tmp_path):
    file = tmp_path / "cdk.out/Shop.template.json"
    file.parent.mkdir()
    for name in ("cdk.out", "manifest.json", "Shop.template.json"):
        (file.parent / name).write_text("{}")
    place = Place(str(file), 1)
    told = {"headstart": {"ignore": ["HS102 agreed"]}}
    resource = Resource(id="OrdersAB12", type="T", place=place, construct_path="Shop/Orders/Resource", metadata=told)

    def finding_of(id_: str):
        rule = Rule(id=id_, name="x", severity=Severity.ERROR, sees=frozenset({Sees.TEMPLATE}))
        found = rule.finding("why", "do", place=place, subject=resource.id)
        return registered(id_, sees=rule.sees, find=lambda _: [found])

    subject = Subject(
        root=tmp_path, infrastructures=(Infrastructure(file=str(file), resources={resource.id: resource}),)
    )
    rules = {id_: finding_of(id_) for id_ in ("HS101", "HS102")}
    result = runner.run(subject, AuditSettings(), rules=rules)
    assert [(each.rule, each.subject) for each in result.findings] == [("HS101", "Shop/Orders/Resource")]
    assert [each.finding.rule for each in result.suppressed] == ["HS102"]
    assert result.generated == {str(file): "cdk.out is made by cdk synth: change the CDK app that it comes from"}
