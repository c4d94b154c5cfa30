"""How an invocation ended, from what AWS answers and reports of it.

Source: payloads and REPORT lines recorded on AWS 2024-03 to 2026-01.
"""

import re
from typing import Final

import msgspec

from headstart.aws.report_line import ReportLine
from headstart.model import limits
from headstart.model.invocation import (
    FunctionError,
    InitReport,
    InitStatus,
    Outcome,
    OutOfMemory,
    ResponseTooLarge,
    RuntimeExited,
    Succeeded,
    TimedOut,
)

# Until 2025 a timeout had no error type.
_TIMED_OUT: Final = re.compile(r"(?:RequestId: )?\S+ (?:\S+ )?(?:Error: )?Task timed out after [\d.]+ seconds")
_KILLED: Final = "signal: killed"
_OUT_OF_MEMORY: Final = OutOfMemory(b"", 0).error_type
_EXITED: Final = RuntimeExited(b"", "").error_type
_TIMED_OUT_TYPE: Final = TimedOut(b"", 0).error_type
_TOO_LARGE: Final = ResponseTooLarge(b"", 0).error_type


def outcome(payload: bytes, *, is_error: bool, line: ReportLine, timeout_s: int) -> Outcome:
    """The outcome of an invocation; ``is_error`` is whether AWS marked the answer as an error of the function."""
    if not is_error:
        return Succeeded(payload)
    error_type, message = error(payload)
    if line.status == "timeout" or error_type == _TIMED_OUT_TYPE or (not error_type and _TIMED_OUT.fullmatch(message)):
        return TimedOut(payload, timeout_s)
    if _ran_out_of_memory(error_type, message, line=line):
        return OutOfMemory(payload, line.memory_size_mb)
    if error_type == _EXITED:
        return RuntimeExited(payload, message.partition("Error: ")[2] or message)
    if error_type == _TOO_LARGE:
        return ResponseTooLarge(payload, limits.RESPONSE_BYTES_MAX + 1)  # AWS does not say by how much
    return FunctionError(payload, error_type or line.error_type or "Function.Unknown", message)


def init(line: ReportLine) -> InitReport | None:
    """The init phase, or the restore of a snapshot in place of it, that the invocation waited for; AWS does not split
    it, and gives neither its CPU time nor its memory."""
    waited_ms = line.init_ms if line.restore_ms is None else line.restore_ms
    if waited_ms is None:
        return None
    return InitReport(
        status=InitStatus.SUCCESS, creation_ms=0, boot_ms=0, function_ms=waited_ms, cpu_ms=0, peak_memory_mb=0
    )


def _ran_out_of_memory(error_type: str, message: str, *, line: ReportLine) -> bool:
    """AWS says so in the REPORT; where it does not, the runtime was killed when all memory was used."""
    if _OUT_OF_MEMORY in (error_type, line.error_type):
        return True
    return error_type == _EXITED and _KILLED in message and line.max_memory_mb >= line.memory_size_mb


def error(payload: bytes) -> tuple[str, str]:
    """The type and the message that the answer to a failed invocation has; empty where it has none."""
    try:
        body = msgspec.json.decode(payload)
    except msgspec.DecodeError:
        return "", ""
    fields = body if isinstance(body, dict) else {}
    return str(fields.get("errorType") or ""), str(fields.get("errorMessage") or "")
