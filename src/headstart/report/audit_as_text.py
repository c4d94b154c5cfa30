"""An audit as a screen of a terminal: what matters most, each finding with what to do, and what was not looked at."""

from collections import Counter
from collections.abc import Iterator

from rich.console import ConsoleRenderable
from rich.padding import Padding
from rich.text import Text

from headstart.model.audit import AuditResult
from headstart.model.finding import Finding, Severity
from headstart.report import figures
from headstart.report.audit_words import by_file, count_by_severity, headline, left_out, savings
from headstart.report.terminal import Screen

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.INFO: "bold blue"}
_NOT_UNDERSTOOD_SHOWN = 10


def render(result: AuditResult) -> Screen:
    """All findings, grouped by file, the file with the one that matters most first."""
    return Screen((*_findings(result), *_not_understood(result), *_closing(result)))


def _findings(result: AuditResult) -> Iterator[ConsoleRenderable]:
    if len(result.findings) > 1:
        yield Text(headline(result), "bold")
        yield Text()
    names = {rule.id: rule.name for rule in result.rules}
    for group in by_file(result.findings):
        for finding in group:
            yield Text.assemble(
                (str(finding.place), "cyan"),
                (f"  {finding.severity.word}  ", _STYLES[finding.severity]),
                (finding.rule, "bold"),
                (f" {names.get(finding.rule, '')}", "dim"),
                f"  {finding.subject}" if "/" in finding.subject else "",
            )
            yield from _explained(finding, is_generated=finding.place.file in result.generated)
        yield Text()


def _explained(finding: Finding, *, is_generated: bool) -> Iterator[ConsoleRenderable]:
    yield _indented(Text(finding.message))
    command = "headstart fix" if finding.is_safe else "headstart fix --unsafe"
    can_fix = f"  {command} does it" if finding.edits and not is_generated else ""
    yield _indented(Text.assemble(("→ ", "green"), finding.remedy, (can_fix, "dim")))
    if saved := savings(finding):
        yield _indented(Text(f"−{' · −'.join(saved)} (by the last check)", "green"))


def _not_understood(result: AuditResult) -> Iterator[ConsoleRenderable]:
    """What the readers could not make sense of: where there are findings missing, this may be why."""
    if not result.not_understood:
        return
    yield Text("Not understood", "bold underline")
    for each in result.not_understood[:_NOT_UNDERSTOOD_SHOWN]:
        place = f"{each.place}  " if each.place.file else ""
        name = f"{each.id}: " if each.id != each.place.file else ""
        yield _indented(Text.assemble((place, "cyan"), f"{name}{each.what}"))
    hidden = len(result.not_understood) - _NOT_UNDERSTOOD_SHOWN
    if hidden > 0:
        yield _indented(Text(f"and {hidden:,} more: --json - lists them", "dim"))
    yield Text()


def _closing(result: AuditResult) -> Iterator[ConsoleRenderable]:
    if not result.looked_at:
        yield Text("Looked at nothing: there is no template and no Python code here.")
    for line in result.looked_at:
        yield Text(f"Looked at {line}", "dim")
    for line in (*sorted(set(result.generated.values())), *result.said, *left_out(result)):
        yield Text(line, "dim")
    yield Text(_verdict(result.findings), "bold")


def _verdict(findings: tuple[Finding, ...]) -> str:
    if not findings:
        return "No findings."
    rules = Counter(finding.rule for finding in findings)
    why = f"headstart audit --explain {findings[0].rule}"
    found = f"{figures.count(len(findings), 'finding')} of {figures.count(len(rules), 'rule')}"
    return f"{found}: {count_by_severity(findings)}. Why: {why}"


def _indented(line: ConsoleRenderable) -> Padding:
    return Padding(line, (0, 0, 0, 3), expand=False)
