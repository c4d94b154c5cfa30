"""What each rule says of itself, as values for reports."""

from collections.abc import Iterator, Mapping

from headstart.audit import vain_ignores
from headstart.audit.registry import Registered
from headstart.audit.rule import Rule
from headstart.model.audit import RuleFacts


def facts(rules: Mapping[str, Registered]) -> Iterator[RuleFacts]:
    """The facts of ``rules``, in the order of ids, and of the audit's own rule about ignores before them."""
    yield _facts(vain_ignores.RULE, vain_ignores.__doc__ or "")
    yield from (_facts(each.rule, each.explanation) for each in rules.values())


def _facts(rule: Rule, explanation: str) -> RuleFacts:
    return RuleFacts(
        id=rule.id,
        name=rule.name,
        severity=rule.severity,
        sees=tuple(sorted(rule.sees)),
        explanation=explanation.strip(),
    )
