"""The pages about audits say what the code does."""

from pathlib import Path

from headstart.audit.explanations import facts
from headstart.audit.registry import all_rules
from headstart.infra.settings import AuditTable
from headstart.report import rules_page

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_of_rules_is_what_the_rules_say():
    page = rules_page.render(facts(all_rules()))
    assert page == (DOCS / "rules.md").read_text(), "headstart audit --explain all > docs/rules.md"


def test_the_page_of_rules_has_each_family_and_each_rule():
    page = rules_page.render(facts(all_rules()))
    assert page.count("\n## ") == len({id_[:3] for id_ in all_rules()} | {"HS0"})
    assert all(f"\n### {each.rule.id} {each.rule.name}\n" in page for each in all_rules().values())


def test_the_audit_page_explains_every_key_of_the_file():
    page = (DOCS / "audit.md").read_text()
    assert [key for key in AuditTable.__struct_fields__ if f"`{key}`" not in page] == []
