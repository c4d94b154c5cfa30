"""What tuning found out as JSON and back: the file that every report can be made again from."""

import msgspec

from headstart.model.tuning import TuneResult
from headstart.report import stamped


def encode(result: TuneResult) -> bytes:
    """The result in the order of its fields, money as strings."""
    return msgspec.json.format(msgspec.json.encode(result)) + b"\n"


def decode(document: bytes) -> TuneResult:
    """The result that ``encode`` wrote.

    Raises:
        ConfigError: not JSON, not a result, or of a format that this version does not read.
    """
    return stamped.decode(document, TuneResult, command="tune")
