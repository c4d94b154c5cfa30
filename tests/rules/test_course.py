"""The course's stacks and modules, their defects as printed: each line marked ``# Dnn`` has a finding of its rule."""

import re
import shutil
from collections import defaultdict
from pathlib import Path

import pytest

from headstart import inspection
from headstart.audit.registry import all_rules
from headstart.audit.subject import Subject
from headstart.model.audit import AuditSettings

COURSE = Path(__file__).parent / "course"
MARK = re.compile(r"#((?: D\d\d)+)$", re.MULTILINE)

RULES = {
    "D01": "HS423",
    "D02": "HS320",
    "D03": "HS321",
    "D04": "HS320",
    "D05": "HS321",
    "D06": "HS103",
    "D07": "HS104",
    "D08": "HS102",
    "D09": "HS305",
    "D10": "HS308",
    "D11": "HS309",
    "D12": "HS310",
    "D13": "HS119",
    "D14": "HS116",
    "D15": "HS117",
    "D16": "HS110",
    "D17": "HS121",
    "D18": "HS118",
    "D19": "HS304 HS307 HS311",
    "D20": "HS209",
    "D22": "HS423",
    "D23": "HS320",
    "D24": "HS320",
    "D26": "HS313",
    "D27": "HS201",
    "D28": "HS202",
    "D29": "HS203",
    "D30": "HS204",
    "D31": "HS205",
    "D32": "HS206",
    "D33": "HS208",
    "D34": "HS212",
    "D35": "HS217",
    "D36": "HS120",
    "D37": "HS119",
    "D38": "HS213",
    "D40": "HS215",
    "D41": "HS413",
    "D42": "HS408",
    "D43": "HS440",
    "D44": "HS414",
    "D45": "HS441",
    "D46": "HS417",
    "D47": "HS430",
    "D48": "HS442",
    "D50": "HS418",
    "D51": "HS419",
    "D52": "HS420",
    "D53": "HS421 HS422",
    "D54": "HS415",
    "D55": "HS416",
    "D57": "HS423",
    "D58": "HS424",
    "D59": "HS435",
    "D60": "HS410",
    "D61": "HS425",
    "D63": "HS426",
    "D65": "HS437",
    "D66": "HS438",
    "D67": "HS427",
    "D70": "HS428",
    "D71": "HS404",
    "D72": "HS439",
    "D73": "HS429",
    "D74": "HS405",
    "D75": "HS405",
    "D77": "HS435",
    "D82": "HS431",
    "D83": "HS401 HS432 HS434",
    "D84": "HS422 HS433",
}
# As printed nothing calls the profiler, as the handler's import fails (D57); this rule asks what Lambda runs.
BEHIND_THE_IMPORT = {"D60"}
Places = dict[str, set[str]]


def marks() -> list[tuple[str, str]]:
    """Each defect with the place of its mark, ``file:line``."""
    found = []
    for file in sorted(COURSE.rglob("*.py")):
        for number, line in enumerate(file.read_text().splitlines(), start=1):
            for mark in MARK.finditer(line):
                found += [(defect, f"{file.relative_to(COURSE).as_posix()}:{number}") for defect in mark[1].split()]
    return found


def places(subject: Subject, root: Path) -> Places:
    """Where each rule finds something in a file of the course."""
    found = defaultdict(set)
    for rule in all_rules().values():
        for finding in rule.find(subject):
            file = Path(finding.place.file).resolve()
            if file.is_relative_to(root.resolve()):
                found[rule.rule.id].add(f"{file.relative_to(root.resolve()).as_posix()}:{finding.place.line}")
    return found


@pytest.fixture(scope="module")
def found() -> Places:
    return places(inspection.look_at(COURSE, AuditSettings()), COURSE)


@pytest.mark.parametrize(("defect", "place"), [mark for mark in marks() if mark[0] not in BEHIND_THE_IMPORT])
def test_each_marked_line_has_a_finding(defect: str, place: str, found: Places):
    assert any(place in found[rule] for rule in RULES[defect].split()), {rule: found[rule] for rule in found}


def test_each_defect_has_a_mark():
    assert {defect for defect, _ in marks()} == RULES.keys()


def test_what_is_behind_the_missing_import_is_found_once_it_is_there(tmp_path: Path):
    shutil.copytree(COURSE / "tools", tmp_path / "tools")
    handler = (COURSE / "lambda_functions/memory_optimized/index.py").read_text()
    (tmp_path / "index.py").write_text(f"from tools.memory_profiler import OptimizedDataProcessor\n{handler}")
    found = places(inspection.look_at(tmp_path, AuditSettings()), tmp_path)
    assert not found["HS423"]
    for defect, place in marks():
        if place.startswith("tools/"):
            assert any(place in found[rule] for rule in RULES[defect].split()), (defect, place)
