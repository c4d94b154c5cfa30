"""Each rule finds what stands on the marked lines of its bad fixtures, and nothing in its good ones.

A fixture is a file or a project folder in ``tests/rules/hsNNN/``. The line where a finding is expected ends with
``# HSNNN``; where there can be no comment, ``expected.txt`` in a project folder has lines ``path:line`` or ``path``.
A project folder's own ``headstart.toml`` has the settings, as it has for a user.
"""

import re
from collections import Counter
from pathlib import Path

import pytest

from headstart import inspection
from headstart.audit.registry import all_rules
from headstart.infra import audit_settings, settings
from headstart.model.audit import AuditSettings

HERE = Path(__file__).parent
SUFFIXES = {".yaml", ".py", ".json"}


def fixtures() -> list[Path]:
    entries = (entry for folder in HERE.glob("hs[0-9]*") for entry in folder.iterdir())
    return sorted(entry for entry in entries if re.match("(bad|good)", entry.name) and is_fixture(entry))


def is_fixture(entry: Path) -> bool:
    return entry.suffix in SUFFIXES or (entry.is_dir() and any(entry.iterdir()))


@pytest.mark.parametrize("fixture", fixtures(), ids=lambda fixture: f"{fixture.parent.name}-{fixture.name}")
def test_findings_stand_where_they_are_marked(fixture: Path):
    rule = fixture.parent.name.upper()
    subject = inspection.look_at(fixture, settings_of(fixture))
    found = Counter(
        where(finding.place.file, finding.place.line, fixture) for finding in all_rules()[rule].find(subject)
    )
    marked = expected(fixture, rule)
    assert bool(marked) == fixture.name.startswith("bad"), "a bad fixture has marks, a good one has none"
    assert found == marked


def settings_of(fixture: Path) -> AuditSettings:
    file = fixture / "headstart.toml"
    return audit_settings.read(settings.read(file), folder=fixture) if file.is_file() else AuditSettings()


def where(file: str, line: int, fixture: Path) -> str:
    """The place within the fixture, without its line where ``expected.txt`` names the file alone."""
    path = Path(file).resolve()
    name = path.relative_to(fixture).as_posix() if fixture.is_dir() and path.is_relative_to(fixture) else path.name
    return f"{name}:{line}" if line and name not in listed(fixture) else name


def expected(fixture: Path, rule: str) -> Counter[str]:
    marks = Counter(listed(fixture))
    files = [fixture] if fixture.is_file() else sorted(file for file in fixture.rglob("*") if file.is_file())
    for file in files:
        name = file.relative_to(fixture).as_posix() if fixture.is_dir() else file.name
        for number, line in enumerate(file.read_text(errors="replace").splitlines(), start=1):
            marks[f"{name}:{number}"] += len(re.findall(rf"#.*\b{rule}\b", line))
    return +marks


def listed(fixture: Path) -> list[str]:
    """The lines of ``expected.txt``."""
    file = fixture / "expected.txt"
    return file.read_text().split() if file.is_file() else []
