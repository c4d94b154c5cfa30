"""The figures of an invocation, read from its log: the REPORT line, or the JSON record ``platform.report``.

Source: lines recorded on AWS 2025-11 to 2026-10, and
https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html (2026-11-23).
"""

import re
from collections.abc import Iterable
from typing import Final, Literal

import msgspec

_REPORT: Final = re.compile(r"REPORT RequestId: (?P<request_id>[0-9a-fA-F-]+)\t(?P<fields>[^\r\n]*)")
_NUMBER: Final = re.compile(r"(\d+(?:\.\d+)?) (?:ms|MB)")


class ReportLine(msgspec.Struct, frozen=True, kw_only=True):
    """What AWS reports of one invocation. ``init_ms`` and ``restore_ms`` are None where it had neither phase.

    ``status`` is ``timeout``, ``error`` or ``failure`` where the platform ended the invocation, else None.
    """

    request_id: str
    duration_ms: float
    billed_ms: int
    memory_size_mb: int
    max_memory_mb: int
    init_ms: float | None = None
    restore_ms: float | None = None
    billed_restore_ms: int = 0
    status: str | None = None
    error_type: str | None = None


def find(log: str, request_id: str) -> ReportLine | None:
    """The report of ``request_id`` in ``log``, of either format; the last one, for a function can print such a line.

    None where it is not there in full: cut off, not yet written, or not written at the function's log level.
    """
    lines = log.splitlines()
    return _last(map(_of_json, lines), request_id) or _last(map(_of_text, _REPORT.finditer(log)), request_id)


def _last(found: Iterable[ReportLine | None], request_id: str) -> ReportLine | None:
    of_request = [report for report in found if report is not None and report.request_id == request_id]
    return of_request[-1] if of_request else None


def _of_text(line: re.Match[str]) -> ReportLine | None:
    fields = dict(part.split(": ", 1) for part in line["fields"].split("\t") if ": " in part)
    numbers = {name: float(found[1]) for name, text in fields.items() if (found := _NUMBER.fullmatch(text))}
    try:
        return ReportLine(
            request_id=line["request_id"],
            duration_ms=numbers["Duration"],
            billed_ms=round(numbers["Billed Duration"]),
            memory_size_mb=round(numbers["Memory Size"]),
            max_memory_mb=round(numbers["Max Memory Used"]),
            init_ms=numbers.get("Init Duration"),
            restore_ms=numbers.get("Restore Duration"),
            billed_restore_ms=round(numbers.get("Billed Restore Duration", 0)),
            status=fields.get("Status"),
            error_type=fields.get("Error Type"),
        )
    except KeyError:
        return None


class _Metrics(msgspec.Struct, rename="camel"):
    duration_ms: float
    billed_duration_ms: float
    memory_size_mb: int = msgspec.field(name="memorySizeMB")
    max_memory_used_mb: int = msgspec.field(name="maxMemoryUsedMB")
    init_duration_ms: float | None = None
    restore_duration_ms: float | None = None
    billed_restore_duration_ms: float = 0


class _Record(msgspec.Struct, rename="camel"):
    request_id: str
    metrics: _Metrics
    status: str = "success"
    error_type: str | None = None


class _Line(msgspec.Struct):
    type: Literal["platform.report"]
    record: _Record


def _of_json(line: str) -> ReportLine | None:
    try:
        record = msgspec.json.decode(line[line.find("{") :], type=_Line).record
    except (msgspec.MsgspecError, UnicodeError):
        return None
    metrics = record.metrics
    return ReportLine(
        request_id=record.request_id,
        duration_ms=metrics.duration_ms,
        billed_ms=round(metrics.billed_duration_ms),
        memory_size_mb=metrics.memory_size_mb,
        max_memory_mb=metrics.max_memory_used_mb,
        init_ms=metrics.init_duration_ms,
        restore_ms=metrics.restore_duration_ms,
        billed_restore_ms=round(metrics.billed_restore_duration_ms),
        status=None if record.status == "success" else record.status,
        error_type=record.error_type,
    )
