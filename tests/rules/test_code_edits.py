"""The edits of rules about code answer their findings, and leave code that runs."""

from pathlib import Path
from shutil import copy

import pytest

from headstart import inspection
from headstart.audit.fix.apply import write
from headstart.audit.fix.plan import plan
from headstart.audit.registry import all_rules
from headstart.model.audit import AuditSettings
from headstart.model.finding import Finding

HERE = Path(__file__).parent


def with_edits(file: Path, rule: str) -> list[Finding]:
    found = all_rules()[rule].find(inspection.look_at(file, AuditSettings()))
    return [finding for finding in found if finding.edits]


EDITED = [file for file in sorted(HERE.glob("hs4[1-4]*/bad*.py")) if with_edits(file, file.parent.name.upper())]


@pytest.mark.parametrize("file", EDITED, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_edits_answer_the_finding(file: Path, tmp_path: Path):
    rule, edited = file.parent.name.upper(), Path(copy(file, tmp_path))
    planned = plan(with_edits(edited, rule), unsafe=True)
    assert planned.refused == ()
    write(planned.changes)
    assert with_edits(edited, rule) == []
    compile(edited.read_text(), edited.name, "exec")


def test_a_duration_is_measured_by_the_other_clock_from_end_to_end(tmp_path: Path):
    file = tmp_path / "app.py"
    file.write_text((HERE / "hs422/bad_d53.py").read_text())
    findings = [finding for finding in with_edits(file, "HS422") if finding.is_safe]
    write(plan(findings).changes)
    assert file.read_text().count("time.perf_counter()") == 2
    assert "time.time()" not in file.read_text()


def test_a_time_that_is_more_than_the_start_of_a_duration_is_left_alone(tmp_path: Path):
    file = tmp_path / "app.py"
    file.write_text(
        "import time\n\n\ndef handler(event, context):\n    started = time.time()\n"
        "    return {'started': started, 'took_s': time.time() - started}\n"
    )
    [finding] = all_rules()["HS422"].find(inspection.look_at(file, AuditSettings()))
    assert finding.edits == ()
    assert not finding.is_safe


def test_there_are_edits_of_each_rule_that_can_have_them():
    assert {file.parent.name for file in EDITED} >= {"hs418", "hs421", "hs422", "hs424"}
