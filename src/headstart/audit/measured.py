"""What the last ``check`` advised, for the findings that it has figures for."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from headstart.audit.subject import AuditedFunction, Subject
from headstart.model.finding import Finding
from headstart.model.infrastructure import Place, Step
from headstart.model.results import Advice

# The ids of the advice, as measure gives them.
UNUSED_IMPORT = "unused-import"
BYTECODE = "bytecode"
MEMORY_SIZE = "memory-size"
MEMORY_HEADROOM = "memory-headroom"
TIMEOUT = "timeout"
WORK_IN_HANDLER = "work-in-handler"
ARM64 = "arm64"
_SETTING = re.compile(r"Set \w+ = (?P<value>\d+)")


def advice(subject: Subject, *ids: str) -> Iterator[tuple[AuditedFunction, Advice]]:
    """The advice of these ids on each function that was measured."""
    for function in subject.functions:
        for item in advice_on(function, *ids):
            yield function, item


def advice_on(function: AuditedFunction, *ids: str) -> list[Advice]:
    """The advice of these ids on one function; none when it was not measured."""
    return [item for item in function.measured.advice if item.id in ids] if function.measured else []


def advised_value(item: Advice) -> int | None:
    """The whole number that the advice says to set, memory in MB or a timeout in s."""
    found = _SETTING.match(item.action)
    return int(found["value"]) if found else None


def with_savings(finding: Finding, item: Advice) -> Finding:
    """The finding with what the advice says that the remedy saves."""
    return msgspec.structs.replace(finding, saves_ms=item.saves_cold_ms, saves_usd_month=item.saves_usd_month)


def with_savings_there(finding: Finding, function: AuditedFunction, *ids: str) -> Finding:
    """The same by the advice of these ids on the line that the finding is about, if there is any."""
    root = function.program.root if function.program else Path()
    there = (item for item in advice_on(function, *ids) if str(root / item.place) == str(finding.place))
    return next((with_savings(finding, item) for item in there), finding)


def place_of(function: AuditedFunction, *path: Step) -> Place:
    """Where a setting of the function stands, else where its code is."""
    if function.declared:
        return function.declared.resource.place_of(*path)
    if function.contents:
        return Place(str(function.contents.root))
    return Place(function.measured.function.code) if function.measured else Place(function.name)
