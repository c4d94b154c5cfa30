"""An ignore that says too little or does nothing.

A comment ``# headstart: ignore[HS401] reason`` (or a resource's metadata) gives no reason, names no rule or one that
does not exist, or stands where that rule finds nothing.

*Why it costs.* The next reader cannot tell what was decided and why, and an ignore that outlives its finding hides the
next one.

*Use instead.* One id or more, and the reason: ``# headstart: ignore[HS401] the client differs by tenant``. Remove the
comment when its finding is gone.

*Evidence.* It is the audit's own account of what it was told to leave out.

Source: https://docs.astral.sh/ruff/rules/unused-noqa/ (2026-11-25), the same idea in another linter
"""

from collections.abc import Collection, Iterable, Iterator

from headstart.audit.ignores import Ignore
from headstart.audit.rule import Rule
from headstart.model.finding import Finding, Severity

RULE = Rule(id="HS001", name="ignore-in-vain", severity=Severity.INFO, sees=frozenset())
_FORM = "# headstart: ignore[HS401] why"


def find(
    ignores: Iterable[Ignore], used: Collection[tuple[Ignore, str]], *, known: Collection[str], ran: Collection[str]
) -> Iterator[Finding]:
    """One finding for each thing that is wrong with an ignore. Of a rule that did not run nothing is said."""
    for ignore in ignores:
        if not ignore.rules:
            yield _finding(ignore, "it names no rule", remedy=f"write {_FORM}, or remove it")
        elif not ignore.reason:
            yield _finding(ignore, "it gives no reason", remedy="say why after the bracket")
        for rule in ignore.rules:
            if rule not in known:
                yield _finding(ignore, f"{rule} is no rule", remedy="headstart audit --explain all lists every rule")
            elif rule in ran and (ignore, rule) not in used:
                yield _finding(ignore, f"{rule} finds nothing here", remedy="remove it")


def _finding(ignore: Ignore, what: str, *, remedy: str) -> Finding:
    named = f"[{', '.join(ignore.rules)}]" if ignore.rules else ""
    return RULE.finding(f"ignore{named}: {what}", remedy, place=ignore.place, subject=ignore.subject)
