"""The wording of invocations that went wrong, against payloads recorded on AWS."""

import json
import signal

import pytest

from headstart.engine import outcomes
from headstart.engine.runtime_api import Answer
from headstart.model.invocation import FunctionError, OutOfMemory, ResponseTooLarge, RuntimeExited, Succeeded, TimedOut

ID = "8286a188-ba32-4475-8077-530cd35c09a9"


def answer(payload: bytes, **settings: object) -> Answer:
    return Answer(**{"payload": payload, "size_bytes": len(payload), **settings})


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (0, "Runtime exited without providing a reason"),
        (1 << 8, "Runtime exited with error: exit status 1"),
        (127 << 8, "Runtime exited with error: exit status 127"),
        (signal.SIGKILL, "Runtime exited with error: signal: killed"),
        (signal.SIGTERM, "Runtime exited with error: signal: terminated"),
        (signal.SIGSEGV, "Runtime exited with error: signal: segmentation fault"),
        (signal.SIGSEGV | 0x80, "Runtime exited with error: signal: segmentation fault"),
        (signal.SIGUSR1, "Runtime exited with error: signal: user defined signal 1"),
        (40, "Runtime exited with error: signal: signal 40"),
    ],
)
def test_exit_reason(status, reason):
    assert outcomes.exit_reason(status) == reason
    assert outcomes.was_killed(status) == ("killed" in reason)


def test_payloads_as_recorded():
    assert outcomes.timed_out(ID, 1).payload == (
        b'{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: %b Error: Task timed out after 1.00 seconds"}'
        % ID.encode()
    )
    assert outcomes.exited(ID, 0).payload == (
        b'{"errorType":"Runtime.ExitError","errorMessage":"RequestId: %b Error: '
        b'Runtime exited without providing a reason"}' % ID.encode()
    )
    assert outcomes.exited(ID, 127 << 8).payload == (
        b'{"errorType":"Runtime.ExitError","errorMessage":"RequestId: %b Error: '
        b'Runtime exited with error: exit status 127"}' % ID.encode()
    )
    too_large = outcomes.answered(answer(b"", size_bytes=7_000_002))
    assert too_large == ResponseTooLarge(
        b'{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).",'
        b'"errorType":"Function.ResponseSizeTooLarge"}',
        7_000_002,
    )


def test_out_of_memory():
    found = outcomes.out_of_memory(ID, 128)
    assert json.loads(found.payload) == {
        "errorType": "Runtime.OutOfMemory",
        "errorMessage": f"RequestId: {ID} Error: Runtime exited with error: signal: killed",
    }
    assert (found.memory_mb, found.reason) == (128, "Runtime exited with error: signal: killed")


def test_answers():
    assert outcomes.answered(answer(b"null")) == Succeeded(b"null")
    assert outcomes.answered(answer(b"x" * 10, streamed=True, size_bytes=9_000_000)) == Succeeded(b"x" * 10, True)
    assert isinstance(outcomes.answered(answer(b"", size_bytes=6_291_556)), Succeeded)
    assert isinstance(outcomes.answered(answer(b"", size_bytes=6_291_557)), ResponseTooLarge)


@pytest.mark.parametrize(
    ("payload", "header", "error_type", "message"),
    [
        (b'{"errorType": "ValueError", "errorMessage": "no"}', "", "ValueError", "no"),
        (b'{"errorMessage": "no"}', "Function.Sad", "Function.Sad", "no"),
        (b"{}", "", "Function.Unknown", ""),
        (b"not JSON", "Runtime.Odd", "Runtime.Odd", ""),
        (b'["a list"]', "", "Function.Unknown", ""),
        (b'{"errorType": 7, "errorMessage": null}', "", "7", ""),
    ],
)
def test_an_error_s_type_and_message(payload, header, error_type, message):
    assert outcomes.answered(answer(payload, error_type=header)) == FunctionError(payload, error_type, message)


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        ("Runtime.ImportModuleError", "Runtime.ImportModuleError"),
        ("Function.Sad", "Function.Sad"),
        ("ValueError", "Runtime.Unknown"),
        ("Runtime.lower", "Runtime.Unknown"),
        ("Runtime.A b", "Runtime.Unknown"),
        ("", "Runtime.Unknown"),
    ],
)
def test_fatal_type(header, shown):
    assert outcomes.fatal_type(header) == shown


def test_status_of_a_report():
    assert outcomes.report_status(Succeeded(b"")) == (None, None)
    assert outcomes.report_status(FunctionError(b"", "ValueError", "")) == (None, None)
    assert outcomes.report_status(TimedOut(b"", 3)) == ("timeout", None)
    assert outcomes.report_status(RuntimeExited(b"", "")) == ("error", "Runtime.ExitError")
    assert outcomes.report_status(OutOfMemory(b"", 128)) == ("error", "Runtime.OutOfMemory")
    assert outcomes.report_status(ResponseTooLarge(b"", 1)) == ("error", "Function.ResponseSizeTooLarge")
    assert outcomes.report_status(FunctionError(b"", "Runtime.MarshalError", "")) == ("error", "Runtime.MarshalError")
