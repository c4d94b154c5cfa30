"""A result as JSON and back: the file that every report can be made again from."""

import msgspec

from headstart.model.invocation import InvocationReport
from headstart.model.results import CheckResult
from headstart.report import stamped


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
    return stamped.decode(document, CheckResult, command="check")


def without_content(run: InvocationReport) -> InvocationReport:
    """The report without what the function answered and logged: that may be private, and large."""
    return msgspec.structs.replace(
        run,
        outcome=msgspec.structs.replace(run.outcome, payload=b""),
        log=tuple(line for line in run.log if line.source == "platform"),
    )
