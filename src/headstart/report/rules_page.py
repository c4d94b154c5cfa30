"""The page of rules, made from what each says of itself: docs/rules.md, and ``headstart audit --explain``."""

from collections.abc import Iterable, Iterator

from headstart.model.audit import RuleFacts

_FAMILIES = {
    "HS0": "The audit itself",
    "HS1": "Concurrency",
    "HS2": "Alarms and metrics",
    "HS3": "Configuration and cost",
    "HS4": "Handler code",
    "HS5": "Package and init",
}
_OPENING = """\
# Rules

What `headstart audit` looks for, in the rules' own words: this page is made by `headstart audit --explain all`.
An error breaks or cannot work, a warning costs, info is worth knowing.
"""


def render(rules: Iterable[RuleFacts]) -> str:
    """The whole page, in Markdown: a table of all rules, then each."""
    known = tuple(rules)
    parts = [_OPENING, *_table(known)]
    for family, title in _FAMILIES.items():
        sections = [section(rule) for rule in known if rule.id.startswith(family)]
        parts += [f"## {title}\n", *sections] if sections else []
    return "\n".join(parts).rstrip() + "\n"


def section(rule: RuleFacts) -> str:
    """One rule, in Markdown."""
    title, _, rest = rule.explanation.partition("\n")
    looks_at = f", looks at {' and '.join(rule.sees)}" if rule.sees else ""
    body = _as_markdown(rest.strip())
    return f"### {rule.id} {rule.name}\n\n**{_as_markdown(title)}** ({rule.severity.word}{looks_at})\n\n{body}\n"


def _table(rules: Iterable[RuleFacts]) -> Iterator[str]:
    yield "| rule | severity | what |"
    yield "|---|---|---|"
    for rule in rules:
        title = _as_markdown(rule.explanation.partition("\n")[0]).replace("|", "\\|")
        anchor = f"{rule.id} {rule.name}".lower().replace(" ", "-")
        yield f"| [{rule.id}](#{anchor}) | {rule.severity.word} | {title} |"
    yield ""


def _as_markdown(text: str) -> str:
    return text.replace("``", "`")
