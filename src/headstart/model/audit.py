"""What an audit is asked, and what it answers: findings, and all that it could not look at."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import NotUnderstood


class AuditSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What to look at and what to report. Rules are named by id, or several by how their ids begin: ``HS4``.

    ``exclude`` has patterns of files (``legacy/*``) in which nothing is reported. ``templates`` are looked at instead
    of those that are found; ``parameters`` and ``imports`` are for all of them. ``fail_on`` is None for never.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = {}
    exclude: tuple[str, ...] = ()
    templates: tuple[Path, ...] = ()
    parameters: Mapping[str, Any] = {}
    imports: Mapping[str, str] = {}
    account_concurrency: int | None = None
    fail_on: Severity | None = Severity.ERROR
    baseline: Path | None = None


class RuleFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as reports show it. ``sees`` is what it needs, in words; ``explanation`` its docstring, in Markdown."""

    id: str
    name: str
    severity: Severity
    sees: tuple[str, ...]
    explanation: str


class Suppressed(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that is not reported. ``how``: ``comment`` (with its reason) or ``baseline``."""

    finding: Finding
    how: str
    reason: str = ""


class NotRun(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that did not run, or not to its end, and why."""

    rule: str
    why: str


class AuditResult(msgspec.Struct, frozen=True, kw_only=True):
    """``findings`` are ranked, the one that matters most first. ``rules`` are those of findings and suppressed ones.

    ``looked_at`` has a line for each template and each body of code, ``said`` a sentence for each thing left out.
    ``generated`` has, by file with findings, who makes it and so where to change it instead. ``faults`` are rules that
    failed, which is our fault.
    """

    format: int = 1
    looked_at: tuple[str, ...]
    said: tuple[str, ...] = ()
    findings: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...] = ()
    not_run: tuple[NotRun, ...] = ()
    not_understood: tuple[NotUnderstood, ...] = ()
    generated: Mapping[str, str] = {}
    faults: tuple[NotRun, ...] = ()
    rules: tuple[RuleFacts, ...] = ()

    def at_or_above(self, severity: Severity) -> tuple[Finding, ...]:
        """The findings that matter as much as ``severity`` or more."""
        return tuple(finding for finding in self.findings if finding.severity >= severity)
