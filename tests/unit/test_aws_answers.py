"""How an invocation on AWS ended, and how AWS's refusals read."""

import pytest
from botocore import exceptions

from headstart.aws import answers, faults
from headstart.aws.report_line import ReportLine
from headstart.model.invocation import (
    FunctionError,
    Outcome,
    OutOfMemory,
    ResponseTooLarge,
    RuntimeExited,
    Succeeded,
    TimedOut,
)

ID = "0b1f4a52-2f5e-4a3e-9f62-6d0f0a4a1f11"
EXITED = '{"errorType":"Runtime.ExitError","errorMessage":"RequestId: 1 Error: Runtime exited with error: %s"}'
KILLED = EXITED % "signal: killed"
LEFT = EXITED % "exit status 1"
OUT_OF_MEMORY = f'{{"errorType":"Runtime.OutOfMemory","errorMessage":"RequestId: {ID} Error: signal: killed"}}'
TIMED_OUT = (
    f'{{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: {ID} Error: Task timed out after 1.00 seconds"}}'
)
TIMED_OUT_2024 = f'{{"errorMessage":"2024-04-01T10:00:00.000Z {ID} Task timed out after 1.00 seconds"}}'
RAISED = '{"errorMessage":"mine Task timed out after 3.00 seconds","errorType":"OrderError","stackTrace":[]}'
TOO_LARGE = '{"errorMessage":"Response payload size exceeded","errorType":"Function.ResponseSizeTooLarge"}'


def reported(used_mb: int = 60, *, status: str | None = None, error_type: str | None = None) -> ReportLine:
    return ReportLine(
        request_id=ID,
        duration_ms=9,
        billed_ms=9,
        memory_size_mb=128,
        max_memory_mb=used_mb,
        status=status,
        error_type=error_type,
    )


@pytest.mark.parametrize(
    ("payload", "line", "expected"),
    [
        (KILLED, reported(error_type="Runtime.OutOfMemory"), OutOfMemory(KILLED.encode(), 128)),
        (KILLED, reported(128), OutOfMemory(KILLED.encode(), 128)),
        (OUT_OF_MEMORY, reported(), OutOfMemory(OUT_OF_MEMORY.encode(), 128)),
        (KILLED, reported(90), RuntimeExited(KILLED.encode(), "Runtime exited with error: signal: killed")),
        (LEFT, reported(128), RuntimeExited(LEFT.encode(), "Runtime exited with error: exit status 1")),
        (TIMED_OUT, reported(), TimedOut(TIMED_OUT.encode(), 3)),
        (TIMED_OUT_2024, reported(), TimedOut(TIMED_OUT_2024.encode(), 3)),
        ("{}", reported(status="timeout"), TimedOut(b"{}", 3)),
        (RAISED, reported(), FunctionError(RAISED.encode(), "OrderError", "mine Task timed out after 3.00 seconds")),
        (TOO_LARGE, reported(), ResponseTooLarge(TOO_LARGE.encode(), 6_291_557)),
        ("not JSON", reported(error_type="Runtime.Unknown"), FunctionError(b"not JSON", "Runtime.Unknown", "")),
        ("[]", reported(), FunctionError(b"[]", "Function.Unknown", "")),
    ],
)
def test_the_outcome_is_told_from_payload_and_report(payload: str, line: ReportLine, expected: Outcome):
    assert answers.outcome(payload.encode(), is_error=True, line=line, timeout_s=3) == expected


def test_an_answer_that_looks_like_an_error_is_an_answer():
    assert answers.outcome(KILLED.encode(), is_error=False, line=reported(), timeout_s=3) == Succeeded(KILLED.encode())


def refusal(code: str, message: str = "secret AKIAEXAMPLE") -> Exception:
    return exceptions.ClientError({"Error": {"Code": code, "Message": message}}, "Invoke")


@pytest.mark.parametrize(
    ("error", "says", "hint"),
    [
        (exceptions.NoCredentialsError(), "no credentials of AWS", "aws configure"),
        (exceptions.ProfileNotFound(profile="x"), "no credentials of AWS", "AWS_PROFILE"),
        (exceptions.NoRegionError(), "no region", "AWS_DEFAULT_REGION"),
        (exceptions.EndpointConnectionError(endpoint_url="http://x"), "not reached for lambda:Invoke", "network"),
        (exceptions.ParamValidationError(report="too long"), "lambda:InvokeFunction was not sent.*too long", ""),
        (refusal("ExpiredTokenException"), "have expired", "aws sso login"),
        (refusal("UnrecognizedClientException"), "not accepted", "aws configure"),
        (
            refusal("AccessDeniedException", "user/me is not\nallowed"),
            "denies lambda:InvokeFunction: user/me is not allowed",
            "IAM",
        ),
        (refusal("ResourceNotFoundException", "no f"), "no f", "name, the account and the region"),
        (refusal("CodeStorageExceededException", "75 GB"), "75 GB", ""),
    ],
)
def test_what_boto3_raises_says_what_to_do(error: Exception, says: str, hint: str):
    explained = faults.explained(error, "lambda:InvokeFunction")
    with pytest.raises(type(explained), match=says):
        raise explained
    assert hint in explained.hint
    assert "AKIA" not in explained.message


def test_aws_name_of_the_refusal_is_kept():
    assert faults.explained(refusal("TooManyRequestsException", "x"), "a").code == "TooManyRequestsException"
