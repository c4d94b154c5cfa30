"""Each rewrite as a pair: the module before, and after, word by word; a second run has nothing left to do.

A folder ``hsNNN_what`` has ``before.py`` and ``after.py``; without the latter, the rule leaves the module to its user.
"""

import shutil
from pathlib import Path

import pytest

from headstart import inspection
from headstart.audit import runner
from headstart.audit.fix import apply, plan
from headstart.audit.registry import all_rules
from headstart.model.audit import AuditSettings
from headstart.model.finding import Finding

HERE = Path(__file__).parent
PAIRS = sorted(folder for folder in HERE.glob("hs*") if folder.is_dir())


def findings(file: Path, rule: str) -> tuple[Finding, ...]:
    """What the rule finds, in the order in which edits are made."""
    found = runner.run(inspection.look_at(file, AuditSettings()), AuditSettings(), rules={rule: all_rules()[rule]})
    assert found.faults == ()
    return found.findings


@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_a_module_is_rewritten_word_by_word_and_once(pair: Path, line_end: str, tmp_path: Path):
    rule = pair.name.partition("_")[0].upper()
    expected = next(file for file in (pair / "after.py", pair / "before.py") if file.is_file())
    file = tmp_path / "app.py"
    file.write_bytes((pair / "before.py").read_bytes().replace(b"\n", line_end.encode()))
    planned = plan.plan(findings(file, rule), unsafe=True)
    apply.write(planned.changes)
    assert [each.why for each in planned.refused] == []
    assert file.read_bytes().decode() == expected.read_text().replace("\n", line_end)
    assert plan.plan(findings(file, rule), unsafe=True).changes == ()


def test_the_kit_is_required_where_requirements_are_a_file(tmp_path: Path):
    shutil.copy(HERE / "hs404_closed_by_hand/before.py", tmp_path / "app.py")
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("boto3==1.44.5")
    planned = plan.plan(findings(tmp_path, "HS404"), unsafe=True)
    apply.write(planned.changes)
    assert requirements.read_text() == "boto3==1.44.5\nheadstart-kit\n"
    assert {Path(change.file).name for change in planned.changes} == {"app.py", "requirements.txt"}


@pytest.mark.parametrize(
    ("pair", "event", "answer"),
    [
        ("hs404_closed_by_hand", {"numbers": [1, 2, 3]}, [2, 5, 10, 1, 4, 9]),
        ("hs443_patterns", {"lines": ["ORDER-12"]}, [["ORDER", "12"], "ORDER-0", "1", "2", "ORDER-12"]),
    ],
)
def test_a_rewritten_module_answers_as_it_was_meant_to(pair: str, event: dict, answer: list):
    module: dict[str, object] = {}
    exec((HERE / pair / "after.py").read_text(), module)
    assert module["handler"](event, None) == answer  # type: ignore[operator]


def test_a_client_is_not_made_where_its_import_is_taken_from(tmp_path: Path):
    file = tmp_path / "app.py"
    file.write_text(
        "import boto3\n\n\ndef handler(event, context):\n    if event:\n        s3 = boto3.client('s3')\n"
        "        return s3.list_buckets()\n    return None\n"
    )
    found = [*findings(file, "HS401"), *findings(file, "HS501")]
    planned = plan.plan(found, unsafe=True)
    assert [each.finding.rule for each in planned.refused] == ["HS501"]
    assert "moves the import of boto3" in planned.refused[0].why
