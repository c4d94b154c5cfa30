"""An audit as SARIF 2.1.0, which GitHub code scanning and editors read.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html (2026-11-25)
"""

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote

import msgspec

from headstart.model.audit import AuditResult, RuleFacts, Suppressed
from headstart.model.finding import Finding, Severity
from headstart.model.fix import FileChange
from headstart.model.infrastructure import Place
from headstart.model.text_lines import lines
from headstart.report import rules_page

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_KINDS = {"comment": "inSource", "baseline": "external"}

Fixes = Mapping[str, tuple[FileChange, ...]]
_Json = dict[str, Any]


def encode(result: AuditResult, *, version: str, root: Path, fixes: Fixes | None = None) -> bytes:
    """The log: paths relative to ``root`` where they are in it; ``fixes`` by the fingerprint of their finding."""
    numbers = {rule.id: number for number, rule in enumerate(result.rules)}
    reported = [_result(finding, numbers, root=root) for finding in result.findings]
    for finding, shown in zip(result.findings, reported, strict=True):
        if changes := (fixes or {}).get(finding.fingerprint):
            shown["fixes"] = [_fix(finding, changes, root=root)]
    suppressed = [_suppressed(each, numbers, root=root) for each in result.suppressed]
    driver = {
        "name": "Headstart",
        "semanticVersion": version,
        "rules": [_rule(rule) for rule in result.rules],
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": not result.faults, **_notifications(result, root=root)}],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The folder in which headstart was run."}}},
        "columnKind": "unicodeCodePoints",
        "results": reported + suppressed,
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(log)) + b"\n"


def _rule(rule: RuleFacts) -> _Json:
    title, _, rest = rule.explanation.partition("\n")
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": title},
        "fullDescription": {"text": rest.strip().partition("\n\n")[0].replace("\n", " ") or title},
        "help": {"text": rule.explanation, "markdown": rules_page.section(rule)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": ["aws-lambda", *rule.sees]},
    }


def _result(finding: Finding, numbers: Mapping[str, int], *, root: Path) -> _Json:
    location: _Json = {"physicalLocation": _physical(finding.place, root)}
    if finding.subject:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.subject}]
    fingerprint = {"partialFingerprints": {"headstart/v1": finding.fingerprint}} if finding.fingerprint else {}
    return {
        "ruleId": finding.rule,
        "ruleIndex": numbers[finding.rule],
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.message}. What to do: {finding.remedy}."},
        "locations": [location],
        **fingerprint,
    }


def _suppressed(suppressed: Suppressed, numbers: Mapping[str, int], *, root: Path) -> _Json:
    suppression = {"kind": _KINDS[suppressed.how], "status": "accepted"}
    if suppressed.reason:
        suppression["justification"] = suppressed.reason
    return _result(suppressed.finding, numbers, root=root) | {"suppressions": [suppression]}


def _physical(place: Place, root: Path) -> _Json:
    """GitHub shows nothing that has no line, so a finding about a whole file stands on its first."""
    region: _Json = {"startLine": max(place.line, 1)}
    if place.column:
        region["startColumn"] = place.column
    return {"artifactLocation": _artifact(place.file, root), "region": region}


def _artifact(file: str, root: Path) -> _Json:
    path = PurePath(file)
    relative = path.relative_to(root) if path.is_relative_to(root) else path
    if relative.is_absolute():
        return {"uri": relative.as_uri()}
    return {"uri": quote(relative.as_posix()), "uriBaseId": _ROOT}


def _notifications(result: AuditResult, *, root: Path) -> _Json:
    told = [
        {
            "level": "note",
            "message": {"text": f"Not understood: {each.id}: {each.what}"},
            **({"locations": [{"physicalLocation": _physical(each.place, root)}]} if each.place.file else {}),
        }
        for each in result.not_understood
    ]
    told += [
        {"level": "note", "message": {"text": f"{each.rule} did not run: it {each.why}"}} for each in result.not_run
    ]
    told += [{"level": "error", "message": {"text": f"{each.rule} failed: {each.why}"}} for each in result.faults]
    return {"toolExecutionNotifications": told}


def _fix(finding: Finding, changes: tuple[FileChange, ...], *, root: Path) -> _Json:
    return {
        "description": {"text": finding.remedy},
        "artifactChanges": [
            {
                "artifactLocation": _artifact(str(change.file), root),
                "replacements": list(_replacements(change.before, change.after)),
            }
            for change in changes
        ],
    }


def _replacements(before: str, after: str) -> Iterator[_Json]:
    """Whole lines: each run of lines that differ."""
    old, new = lines(before), lines(after)
    for kind, start, end, new_start, new_end in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            region = {"startLine": start + 1, "startColumn": 1, "endLine": end + 1, "endColumn": 1}
            yield {"deletedRegion": region, "insertedContent": {"text": "".join(new[new_start:new_end])}}
