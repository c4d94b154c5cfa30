"""What boto3 raises, as errors that say what to do; no text of them has a secret in it."""

from typing import Any, Final

from headstart.errors import AwsError

_CREDENTIALS_HINT: Final = "aws configure, aws sso login, or AWS_PROFILE=NAME before the command"
_POLICY_HINT: Final = "docs/tune-aws.md has the whole policy"
_BAD_CREDENTIALS: Final = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException", "AllAccessDisabled", "403"})
_ABSENT: Final = frozenset({"ResourceNotFoundException", "NoSuchBucket", "NoSuchKey", "404"})
THROTTLES: Final = frozenset(
    {"EC2ThrottledException", "ThrottledException", "Throttling", "ThrottlingException", "TooManyRequestsException"}
)
_MESSAGE_LENGTH_MAX: Final = 400


def explained(error: Exception, action: str) -> AwsError:
    """The error to raise for ``error``, which botocore raised when it was asked for the IAM action ``action``."""
    response = getattr(error, "response", None)
    if isinstance(response, dict) and "Error" in response:
        return _refused(response["Error"], action)
    name = type(error).__name__
    if "Credential" in name or "SSO" in name or "Token" in name or name == "ProfileNotFound":
        return AwsError(f"no credentials of AWS could be read ({name})", hint=_CREDENTIALS_HINT)
    if name == "NoRegionError":
        return no_region()
    if name == "ParamValidationError":
        return AwsError(f"{action} was not sent: {_one_line(str(error))}")
    return AwsError(
        f"AWS was not reached for {action}: {_one_line(str(error))}", hint="check the network and the region"
    )


def no_region() -> AwsError:
    """The error for want of a region."""
    return AwsError(
        "no region of AWS is set",
        hint="--region eu-central-1, AWS_DEFAULT_REGION=eu-central-1 before the command, or the function's whole ARN",
    )


def _refused(error: dict[str, Any], action: str) -> AwsError:
    code = str(error.get("Code") or "Unknown")
    message = _one_line(str(error.get("Message") or error.get("message") or ""))
    if code in _BAD_CREDENTIALS:
        what = "have expired" if code.startswith("Expired") else "are not accepted by AWS"
        return AwsError(f"the credentials {what} ({code})", hint=_CREDENTIALS_HINT, code=code)
    if code in _DENIED:
        hint = f"allow the IAM action {action}; {_POLICY_HINT}"
        return AwsError(f"AWS denies {action}: {message or code}", hint=hint, code=code)
    hint = "check the name, the account and the region" if code in _ABSENT else ""
    return AwsError(f"{action}: {message or 'AWS gives no reason'} ({code})", hint=hint, code=code)


def _one_line(text: str) -> str:
    return " ".join(text.split())[:_MESSAGE_LENGTH_MAX]
