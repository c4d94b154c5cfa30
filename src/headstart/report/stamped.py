"""Reads a result back from the JSON that a command wrote, whose field ``format`` says how to read it."""

from typing import Final, TypeVar

import msgspec

from headstart.errors import ConfigError

_FORMAT: Final = 1
_Result = TypeVar("_Result", bound=msgspec.Struct)


class _Stamp(msgspec.Struct):
    """The one field that every version of the file has."""

    format: int


def decode(document: bytes, kind: type[_Result], *, command: str) -> _Result:
    """The result that ``headstart COMMAND --json`` wrote.

    Raises:
        ConfigError: not JSON, not a result, or of a format that this version does not read.
    """
    again = f"headstart {command} PATH --json - > report.json"
    try:
        stamp = msgspec.json.decode(document, type=_Stamp)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"this is not a result of headstart {command}: {error}", hint=again) from error
    if stamp.format != _FORMAT:
        raise ConfigError(f"the result has format {stamp.format}; this version reads format {_FORMAT}", hint=again)
    try:
        return msgspec.json.decode(document, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"the result was written by another version or changed: {error}", hint=again) from error
