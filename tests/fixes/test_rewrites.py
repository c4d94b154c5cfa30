"""Each rewrite as a pair: the module before, and after, word by word; a second run has nothing left to do.

A folder ``hsNNN_what`` has ``before.py`` and ``after.py``; without the latter, the rule leaves the module to its user.
"""

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
