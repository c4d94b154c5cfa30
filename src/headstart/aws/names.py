"""The name of a deployed function: bare, qualified, or an ARN in part or whole.

Source: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html (2026-11-25).
"""

import re
from typing import Final

import msgspec

from headstart.errors import InvalidValueError

LATEST: Final = "$LATEST"
_NAME: Final = re.compile(r"[a-zA-Z0-9-_]{1,64}")
_QUALIFIER: Final = re.compile(r"\$LATEST|[a-zA-Z0-9-_]{1,128}")
_REGION: Final = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d")
_ACCOUNT: Final = re.compile(r"\d{12}")
_PARTITION: Final = re.compile(r"aws[a-z-]*")
_ALLOWED: Final = (
    "NAME, NAME:QUALIFIER, ACCOUNT:function:NAME[:QUALIFIER] or arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]"
)
_HINT: Final = "headstart tune --aws my-function:prod"


class FunctionName(msgspec.Struct, frozen=True, kw_only=True):
    """A function's name in its parts. ``region`` is set of a whole ARN, ``account_id`` of a part of one too."""

    name: str
    qualifier: str | None = None
    account_id: str | None = None
    region: str | None = None
    partition: str = "aws"

    @property
    def unqualified(self) -> str:
        """What AWS takes as the name of the function, whatever its qualifier."""
        if self.region:
            return f"arn:{self.partition}:lambda:{self.region}:{self.account_id}:function:{self.name}"
        return f"{self.account_id}:function:{self.name}" if self.account_id else self.name


def parse(text: str) -> FunctionName:
    """The function that ``text`` names, in any form that AWS takes.

    Raises:
        InvalidValueError: it names none; the message says which part is wrong.
    """
    parts = text.split(":")
    if parts[0] == "arn":
        return _of_arn(text, parts)
    if len(parts) >= 3 and parts[1] == "function":
        return _checked(text, parts[2:], account_id=parts[0])
    return _checked(text, parts[1:] if len(parts) > 1 and parts[0] == "function" else parts)


def _of_arn(text: str, parts: list[str]) -> FunctionName:
    if len(parts) < 7 or parts[2] != "lambda" or parts[5] != "function":
        raise _wrong(text, "is not the ARN of a Lambda function")
    _, partition, _, region, account_id, _, *rest = parts
    if not _PARTITION.fullmatch(partition):
        raise _wrong(text, f"has no partition of AWS's: {partition!r}")
    if not _REGION.fullmatch(region):
        raise _wrong(text, f"has no region: {region!r}")
    found = _checked(text, rest, account_id=account_id)
    return msgspec.structs.replace(found, region=region, partition=partition)


def _checked(text: str, parts: list[str], *, account_id: str | None = None) -> FunctionName:
    if account_id is not None and not _ACCOUNT.fullmatch(account_id):
        raise _wrong(text, f"has no account of 12 digits: {account_id!r}")
    if len(parts) > 2:
        raise _wrong(text, "has too many parts")
    if not _NAME.fullmatch(parts[0]):
        raise _wrong(text, f"has no name of 1 … 64 letters, digits, - and _: {parts[0]!r}")
    qualifier = parts[1] if len(parts) == 2 else None
    if qualifier is not None and not _QUALIFIER.fullmatch(qualifier):
        raise _wrong(text, f"has no version or alias after its name: {qualifier!r}")
    return FunctionName(name=parts[0], qualifier=qualifier, account_id=account_id)


def _wrong(text: str, what: str) -> InvalidValueError:
    return InvalidValueError("function", text, allowed=f"{_ALLOWED}; this one {what}", hint=_HINT)
