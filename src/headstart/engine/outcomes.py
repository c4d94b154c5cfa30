"""How an invocation that went wrong reads to its caller, in AWS's own wording.

Source: payloads recorded on AWS 2025-11.
"""

import os
import re
import signal
from typing import Any, Final

import msgspec

from headstart.engine.runtime_api import Answer
from headstart.model import limits
from headstart.model.invocation import (
    FunctionError,
    Outcome,
    OutOfMemory,
    ResponseTooLarge,
    RuntimeExited,
    Succeeded,
    TimedOut,
)

_NO_REASON: Final = "Runtime exited without providing a reason"
# As Go's os.Signal writes them, which is what AWS shows.
_SIGNALS: Final[dict[int, str]] = {
    signal.SIGABRT: "aborted",
    signal.SIGALRM: "alarm clock",
    signal.SIGBUS: "bus error",
    signal.SIGFPE: "floating point exception",
    signal.SIGHUP: "hangup",
    signal.SIGILL: "illegal instruction",
    signal.SIGINT: "interrupt",
    signal.SIGKILL: "killed",
    signal.SIGPIPE: "broken pipe",
    signal.SIGQUIT: "quit",
    signal.SIGSEGV: "segmentation fault",
    signal.SIGTERM: "terminated",
    signal.SIGTRAP: "trace/breakpoint trap",
    signal.SIGUSR1: "user defined signal 1",
    signal.SIGUSR2: "user defined signal 2",
}
# The error types that a runtime may name; others read as unknown in the platform's own lines.
# https://github.com/aws/aws-lambda-runtime-interface-emulator: fatalerror.go (2026-11-23).
_FATAL_TYPE: Final = re.compile(r"(Runtime|Function)\.[A-Z][a-zA-Z]+")


def was_killed(status: int) -> bool:
    """Whether the runtime ended by SIGKILL, as for want of memory. ``status`` is as os.waitpid gives it."""
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def exit_reason(status: int) -> str:
    """The reason that AWS gives for a runtime's end. ``status`` is as os.waitpid gives it."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return f"Runtime exited with error: signal: {_SIGNALS.get(number, f'signal {number}')}"
    code = os.WEXITSTATUS(status)
    return f"Runtime exited with error: exit status {code}" if code else _NO_REASON


def fatal_type(header_type: str) -> str:
    """The error type of a failed init phase in the platform's own lines, from the type that the runtime named."""
    return header_type if _FATAL_TYPE.fullmatch(header_type) else "Runtime.Unknown"


def answered(answer: Answer) -> Outcome:
    """The outcome of what the runtime posted."""
    if answer.size_bytes > limits.RESPONSE_BYTES_MAX and not answer.streamed:
        text = f"Response payload size exceeded maximum allowed payload size ({limits.RESPONSE_BYTES_MAX} bytes)."
        payload = _encode({"errorMessage": text, "errorType": "Function.ResponseSizeTooLarge"})
        return ResponseTooLarge(payload, answer.size_bytes)
    if answer.error_type is None:
        return Succeeded(answer.payload, answer.streamed)
    return function_error(answer.payload, answer.error_type)


def function_error(payload: bytes, header_type: str) -> FunctionError:
    """An error that the runtime reported; its type and message from the JSON, else from the header."""
    try:
        body = msgspec.json.decode(payload)
    except msgspec.DecodeError:
        body = None
    fields = body if isinstance(body, dict) else {}
    error_type = str(fields.get("errorType") or header_type or "Function.Unknown")
    return FunctionError(payload, error_type, str(fields.get("errorMessage") or ""))


def timed_out(request_id: str, timeout_s: int) -> TimedOut:
    """The invocation reached the function's timeout."""
    text = f"RequestId: {request_id} Error: Task timed out after {timeout_s:.2f} seconds"
    return TimedOut(_encode({"errorType": "Sandbox.Timedout", "errorMessage": text}), timeout_s)


def exited(request_id: str, status: int) -> RuntimeExited:
    """The runtime ended during the invocation."""
    reason = exit_reason(status)
    text = f"RequestId: {request_id} Error: {reason}"
    return RuntimeExited(_encode({"errorType": "Runtime.ExitError", "errorMessage": text}), reason)


def out_of_memory(request_id: str, memory_mb: int) -> OutOfMemory:
    """The environment was killed for want of memory."""
    text = f"RequestId: {request_id} Error: {exit_reason(signal.SIGKILL)}"
    return OutOfMemory(_encode({"errorType": "Runtime.OutOfMemory", "errorMessage": text}), memory_mb)


def report_status(outcome: Outcome) -> tuple[str | None, str | None]:
    """The ``Status`` and ``Error Type`` of a REPORT line; an error that the runtime reported itself has neither."""
    if isinstance(outcome, TimedOut):
        return "timeout", None
    if isinstance(outcome, RuntimeExited | OutOfMemory | ResponseTooLarge):
        return "error", outcome.error_type
    if isinstance(outcome, FunctionError) and outcome.error_type.startswith("Runtime."):
        return "error", outcome.error_type
    return None, None


def _encode(body: dict[str, Any]) -> bytes:
    return msgspec.json.encode(body)
