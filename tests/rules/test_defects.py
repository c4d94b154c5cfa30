"""The course's defects that an audit must find: each has small fixtures of its own, ``bad_dNN*``, that have findings.

That the findings stand where they are marked is asserted by test_fixtures.py; that the course's own files have them, by
test_course.py.
"""

import re
from pathlib import Path

import pytest

from headstart import inspection
from headstart.audit.registry import all_rules
from headstart.infra import audit_settings, settings
from headstart.model.audit import AuditSettings

HERE = Path(__file__).parent
# Of the table "the course as printed", then those that can be seen beside it.
DEFECTS = [6, *range(8, 16), *range(18, 21), *range(22, 34), *range(36, 39), 40, *range(41, 47), *range(50, 54)]
DEFECTS += [57, 58, 60, 61, 63, 67, 70, 71, *range(73, 76), *range(82, 85)]
BESIDE = [1, 2, 3, 4, 5, 7, 16, 17, 34, 35, 43, 47, 48, 54, 55, 59, 64, 65, 66, 72, 77]
NUMBERS = sorted({*DEFECTS, *BESIDE})


def fixtures(number: int) -> list[Path]:
    """Those that are looked at as they are; test_described.py makes projects of the .toml ones."""
    found = HERE.glob(f"hs[0-9]*/bad_d{number:02d}*")
    return sorted(file for file in found if file.suffix != ".toml")


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: f"D{number:02d}")
def test_a_defect_has_a_fixture_with_a_finding(number: int):
    assert fixtures(number), "write tests/rules/hsNNN/bad_dNN.yaml or .py"
    for fixture in fixtures(number):
        file = fixture / "headstart.toml"
        known = audit_settings.read(settings.read(file), folder=fixture) if file.is_file() else AuditSettings()
        assert list(all_rules()[fixture.parent.name.upper()].find(inspection.look_at(fixture, known)))


def test_no_fixture_is_for_a_defect_that_is_not_listed():
    numbers = {int(found[1]) for file in HERE.glob("hs*/bad_d*") if (found := re.match(r"bad_d(\d\d)", file.name))}
    assert numbers <= set(NUMBERS)
