"""A result as JSON and back: the file that every report can be made again from."""

import msgspec

from headstart.errors import ConfigError
from headstart.model.invocation import InvocationReport
from headstart.model.results import CheckResult

_FORMAT = 1
_AGAIN = "headstart check PATH --json - > report.json"


class _Stamp(msgspec.Struct):
    """The one field that every version of the file has."""

    format: int


def encode(result: CheckResult) -> bytes:
    """The result in the order of its fields, money as strings, without what the function answered or logged."""
    runs = tuple(without_content(run) for run in result.cold_start.runs)
    kept = msgspec.structs.replace(result, cold_start=msgspec.structs.replace(result.cold_start, runs=runs))
    return msgspec.json.encode(kept) + b"\n"


def decode(document: bytes) -> CheckResult:
    """The result that ``encode`` wrote.

    Raises:
        ConfigError: not JSON, not a result, or of a format that this version does not read.
    """
    try:
        stamp = msgspec.json.decode(document, type=_Stamp)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"this is not a result of headstart check: {error}", hint=_AGAIN) from error
    if stamp.format != _FORMAT:
        raise ConfigError(f"the result has format {stamp.format}; this version reads format {_FORMAT}", hint=_AGAIN)
    try:
        return msgspec.json.decode(document, type=CheckResult)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"the result was written by another version or changed: {error}", hint=_AGAIN) from error


def without_content(run: InvocationReport) -> InvocationReport:
    """The report without what the function answered and logged: that may be private, and large."""
    return msgspec.structs.replace(
        run,
        outcome=msgspec.structs.replace(run.outcome, payload=b""),
        log=tuple(line for line in run.log if line.source == "platform"),
    )
