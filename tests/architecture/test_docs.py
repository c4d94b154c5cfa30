"""The pages agree with the code that they describe, and with each other."""

import re
import subprocess
from pathlib import Path

import pytest

from headstart.infra import settings
from headstart.model.lifecycle import as_diagram

ROOT = Path(__file__).parents[2]
PAGES = [page for page in ROOT.rglob("*.md") if ".venv" not in page.parts]


def test_the_design_page_shows_the_life_of_an_environment_as_it_is():
    assert as_diagram() in (ROOT / "docs/design.md").read_text(), "paste lifecycle.as_diagram() into docs/design.md"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path):
    broken = [link for link in links(page) if not leads_somewhere(page, link)]
    assert broken == []


def test_the_check_page_explains_every_key_of_the_file():
    page = (ROOT / "docs/check.md").read_text()
    tables = (settings.FunctionTable, settings.EventTable, settings.TrafficTable, settings.ServicesTable)
    assert [key for table in tables for key in table.__struct_fields__ if f"`{key}`" not in page] == []


def test_every_make_target_that_a_page_names_exists():
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = set(re.findall(r"^make ([a-z-]+)", listed, re.MULTILINE))
    named = {name for page in PAGES for name in re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)`", page.read_text())}
    assert {first or second for first, second in named} <= targets


def test_the_course_page_has_tests_for_every_defect():
    rows = dict(re.findall(r"^\| D(\d\d) \| .+? \| (.+) \|$", (ROOT / "docs/course.md").read_text(), re.MULTILINE))
    assert sorted(rows, key=int) == [str(number) for number in range(41, 85)]
    for number, cell in rows.items():
        named = re.findall(r"\[[^]]+\]\(\.\./([^)]+)\): ((?:`\w+`(?:, )?)+)", cell)
        assert named, number
        for file, tests in named:
            for test in re.findall(r"`(\w+)`", tests):
                assert f"d{number}_" in test
                assert f"def {test}(" in (ROOT / file).read_text(), f"{test} is not in {file}"


def test_a_broken_link_is_seen(tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text(
        "# A title: it's here\n[a](#a-title-its-here) [b](#gone) [c](page.md) [d](gone.md) [e](https://a.b)\n"
    )
    assert [link for link in links(page) if not leads_somewhere(page, link)] == ["#gone", "gone.md"]


def links(page: Path) -> list[str]:
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()) if "://" not in link]


def leads_somewhere(page: Path, link: str) -> bool:
    """Whether the file exists, and has a heading for the anchor if there is one."""
    name, _, anchor = link.partition("#")
    target = page.parent / name if name else page
    if not target.exists():
        return False
    headings = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE) if anchor else []
    return not anchor or anchor in {
        re.sub(r"[^\w\- ]", "", text).strip().lower().replace(" ", "-") for text in headings
    }
