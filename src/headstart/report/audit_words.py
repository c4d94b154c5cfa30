"""What every report of an audit says alike: the headline, counts, savings, and what was left out."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from headstart.model.audit import AuditResult
from headstart.model.finding import Finding, Severity
from headstart.report import figures

_RULES_NAMED_MAX = 8
_HOW = {"comment": "ignored by a comment", "baseline": "in the baseline"}


def headline(result: AuditResult) -> str:
    """One sentence: the finding that matters most. There must be one."""
    first = result.findings[0]
    saved = savings(first)
    gain = f" It would save {' and '.join(saved)}." if saved else ""
    return f"What matters most: {first.message} ({first.rule}, {first.place}).{gain}"


def by_file(findings: Iterable[Finding]) -> list[list[Finding]]:
    """The findings of each file; files and findings in the order of ``findings``."""
    groups: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        groups[finding.place.file].append(finding)
    return list(groups.values())


def count_by_severity(findings: Iterable[Finding]) -> str:
    """``2 errors, 1 warning``; info has no plural."""
    counted = Counter(finding.severity for finding in findings)
    return ", ".join(
        f"{counted[severity]:,} info" if severity is Severity.INFO else figures.count(counted[severity], severity.word)
        for severity in reversed(Severity)
        if counted[severity]
    )


def savings(finding: Finding) -> tuple[str, ...]:
    """What the last ``check`` measured that the remedy would save, each with its unit."""
    saved_ms = f"{figures.ms(finding.saves_ms)} per cold start" if finding.saves_ms else ""
    saved_usd = f"{figures.usd(finding.saves_usd_month)} per month" if finding.saves_usd_month else ""
    return tuple(filter(None, (saved_ms, saved_usd)))


def left_out(result: AuditResult) -> Iterator[str]:
    """A sentence for each reason why something was not reported: ignored, known, or never looked for."""
    suppressed = Counter(each.how for each in result.suppressed)
    for how, number in suppressed.items():
        yield f"Not reported: {figures.count(number, 'finding')} {_HOW[how]}"
    reasons: dict[str, list[str]] = defaultdict(list)
    for each in result.not_run:
        reasons[each.why].append(each.rule)
    for why, rules in reasons.items():
        named = ", ".join(rules) if len(rules) <= _RULES_NAMED_MAX else f"{len(rules)} rules"
        yield f"Not run: {named}, which {why if len(rules) == 1 else why.replace('needs', 'need', 1)}"
    for each in result.faults:
        yield f"{each.rule} failed, which is a fault of Headstart's: {each.why}"
