"""An audit as JSON: every finding with its place, fingerprint and edits, and all that was left out."""

from typing import Any

import msgspec

from headstart.model.audit import AuditResult
from headstart.model.finding import Finding


def encode(result: AuditResult) -> bytes:
    """The result in the order of its fields; severities as words, money as strings."""
    document = msgspec.structs.asdict(result) | {
        "findings": [_finding(each) for each in result.findings],
        "suppressed": [
            {"how": each.how, "reason": each.reason, "finding": _finding(each.finding)} for each in result.suppressed
        ],
        "rules": [msgspec.structs.asdict(rule) | {"severity": rule.severity.word} for rule in result.rules],
    }
    return msgspec.json.format(msgspec.json.encode(document)) + b"\n"


def _finding(finding: Finding) -> dict[str, Any]:
    return msgspec.structs.asdict(finding) | {"severity": finding.severity.word}
