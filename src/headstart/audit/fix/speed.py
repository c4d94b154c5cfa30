"""Tells the edits that claim to save time from others: a rule's edits of one file are one fix, measured by itself."""

from collections.abc import Iterable

import msgspec

from headstart.audit.registry import all_rules
from headstart.model.finding import Finding


class Fix(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule found in one file, with its edits."""

    rule: str
    file: str
    findings: tuple[Finding, ...]


def fixes(findings: Iterable[Finding]) -> tuple[Fix, ...]:
    """The fixes that are about speed, in the order of ``findings``."""
    rules = all_rules()
    found: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        if finding.edits and finding.rule in rules and rules[finding.rule].rule.is_about_speed:
            found.setdefault((finding.rule, finding.edits[0].file), []).append(finding)
    return tuple(Fix(rule=rule, file=file, findings=tuple(each)) for (rule, file), each in found.items())
