"""Every rule is found by its name, explains itself, and has its folder of proof."""

import re
from pathlib import Path

import pytest

from headstart.audit.registry import Registered, all_rules
from headstart.audit.rule import Sees

ROOT = Path(__file__).parents[2]
RULES = ROOT / "src/headstart/audit/rules"
MODULES = sorted(file for file in RULES.glob("*.py") if file.name != "__init__.py")
SECTIONS = ("*Why it costs.*", "*Use instead.*", "*Evidence.*", "Source:")

EACH = pytest.mark.parametrize("registered", all_rules().values(), ids=list(all_rules()))


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.stem)
def test_a_rule_is_found_by_the_name_of_its_file(file: Path):
    id_, _, words = file.stem.partition("_")
    rule = all_rules()[id_.upper()].rule
    assert (rule.id, rule.name) == (id_.upper(), words.replace("_", "-"))
    assert re.fullmatch(r"HS[1-5]\d\d", rule.id)


def test_no_two_rules_have_one_id():
    assert len(all_rules()) == len(MODULES)


@EACH
def test_a_rule_says_why_it_costs_and_what_to_do_instead(registered: Registered):
    text = registered.explanation
    places = [text.find(section) for section in SECTIONS]
    assert -1 not in places
    assert places == sorted(places)
    assert re.search(r"^Sources?: https://\S+", text, re.MULTILINE)
    assert re.match(r"[^\n]{10,110}\.\n\n\S", text), "a title of one line, then what the rule finds"


@EACH
def test_a_rule_has_a_folder_of_proof(registered: Registered):
    names = [entry.name for entry in (ROOT / "tests/rules" / registered.rule.id.lower()).glob("*")]
    assert any(name.startswith("bad") for name in names)
    assert any(name.startswith("good") for name in names)


@EACH
def test_a_rule_about_speed_has_a_bench(registered: Registered):
    has_bench = (ROOT / f"bench/rules/{registered.rule.id.lower()}.py").is_file()
    assert has_bench or not registered.rule.is_about_speed


@EACH
def test_a_rule_needs_something_to_look_at(registered: Registered):
    assert registered.rule.sees
    assert registered.rule.sees <= set(Sees)


def test_every_folder_of_proof_is_for_a_rule():
    folders = {folder.name.upper() for folder in (ROOT / "tests/rules").glob("hs*") if folder.is_dir()}
    assert folders <= all_rules().keys()
