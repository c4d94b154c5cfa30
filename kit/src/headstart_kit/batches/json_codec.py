"""JSON lines to records and back, a batch per call.

A faster library is used where the package has one, and only where its answer is proved to be the standard library's:
orjson reads integers of more than 64 bits as floats, it and msgspec write NaN as null, and msgspec takes two values on
one line for two lines. Whatever they refuse is decided by the standard library.
"""

from __future__ import annotations

import json
from enum import Enum
from itertools import chain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Parse = Callable[[bytes], Any]
    Write = Callable[[list[Any]], bytes]

_FLAT = {str, int, float, bool, type(None)}
# Between two records in one call of the encoder; their text may have it as well, which is counted.
_BETWEEN = "\x1e"
_BETWEEN_TEXT = ',"\\u001e",'
LIBRARIES = ("json", "msgspec", "orjson")


class Codec:
    """How lines become records and records lines. ``libraries`` are those it may use, of those in the package."""

    __slots__ = ("_parse", "_write", "libraries")

    def __init__(self, libraries: tuple[str, ...] = LIBRARIES) -> None:
        self._parse, parser = _fast_parse(libraries)
        self._write, writer = _fast_write(libraries)
        self.libraries = (parser, writer)

    def decode(self, text: bytes) -> list[Any] | None:
        """One value for each line, or None where a line is blank or has none or more: then ``decode_line`` says which.

        ``text`` ends where a line does.
        """
        if self._parse is not None:
            try:
                return list(map(self._parse, text.removesuffix(b"\n").split(b"\n")))
            except Exception:  # noqa: S110 (each library has its own; the standard library decides)
                pass
        return _decode(text)

    def encode(self, records: list[Any]) -> bytes:
        """A line for each record.

        Raises:
            ValueError, TypeError: a record is no JSON; ``encode_line`` says which.
        """
        if self._write is not None:
            try:
                text = self._write(records)
            except Exception:  # as above
                return _encode(records)
            if b"null" not in text or _nulls_are_none(records, text):
                return text
        return _encode(records)


def decode_line(line: bytes) -> Any:
    """The value of one line, by the standard library.

    Raises:
        ValueError: it is no JSON, or not UTF-8.
    """
    return _decoder.decode(line.decode())


def encode_line(record: Any) -> bytes:
    """The line of one record, by the standard library; what is not Unicode in it is escaped.

    Raises:
        ValueError, TypeError: it is no JSON.
    """
    text = _encoder.encode(record) + "\n"
    try:
        return text.encode()
    except UnicodeEncodeError:
        return (json.dumps(record, separators=(",", ":"), allow_nan=False, default=as_json) + "\n").encode()


def as_json(value: Any) -> Any:
    """What stands for a value that JSON has no word for: ISO 8601 for dates and times, text for Decimal and UUID,
    Base64 for bytes, the value of an enum's member.

    Raises:
        TypeError: nothing does.
    """
    kind = type(value).__name__
    if kind in {"datetime", "date", "time"}:
        return value.isoformat()
    if kind in {"Decimal", "UUID"}:
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (bytes, bytearray, memoryview)):
        import base64

        return base64.b64encode(value).decode()
    raise TypeError(f"a {kind} cannot be written as JSON")


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


_decoder = json.JSONDecoder(parse_constant=_no_number)
_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=as_json)


def _decode(text: bytes) -> list[Any] | None:
    # Half the time of json.loads for each line, which looks for the encoding and for white space around.
    scan = _decoder.scan_once  # type: ignore[attr-defined]
    records = []
    try:
        for line in text.decode().replace("\r\n", "\n").removesuffix("\n").split("\n"):
            record, end = scan(line, 0)
            if end != len(line):
                return None
            records.append(record)
    except (ValueError, StopIteration, RecursionError):
        return None
    return records


def _encode(records: list[Any]) -> bytes:
    # One call of the encoder for all records is twice as fast as one for each.
    spaced = [_BETWEEN] * (2 * len(records) - 1)
    spaced[::2] = records
    text = _encoder.encode(spaced)[1:-1]
    if text.count(_BETWEEN_TEXT) != len(records) - 1:
        return b"".join(map(encode_line, records))
    return (text.replace(_BETWEEN_TEXT, "\n") + "\n").encode()


def _nulls_are_none(records: list[Any], text: bytes) -> bool:
    """Whether each null in ``text`` was None in a record without anything nested."""
    values = _values_of_flat(records)
    return values is not None and values.count(None) == text.count(b"null")


def _values_of_flat(records: list[Any]) -> list[Any] | None:
    if set(map(type, records)) != {dict}:
        return None
    values = list(chain.from_iterable(map(dict.values, records)))
    return values if _FLAT.issuperset(map(type, values)) else None


def _fast_parse(libraries: tuple[str, ...]) -> tuple[Parse | None, str]:
    if "msgspec" in libraries:
        try:
            import msgspec
        except ImportError:
            pass
        else:
            return msgspec.json.Decoder().decode, "msgspec"
    return None, "json"


def _fast_write(libraries: tuple[str, ...]) -> tuple[Write | None, str]:
    if "orjson" in libraries:
        try:
            import orjson
        except ImportError:
            pass
        else:
            return _write_by_orjson(orjson), "orjson"
    if "msgspec" in libraries:
        try:
            import msgspec
        except ImportError:
            pass
        else:
            return _write_by_msgspec(msgspec.json.Encoder()), "msgspec"
    return None, "json"


def _write_by_orjson(orjson: Any) -> Write:
    dumps = orjson.dumps
    options = orjson.OPT_APPEND_NEWLINE | orjson.OPT_PASSTHROUGH_DATETIME
    options |= orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_SUBCLASS

    def write(records: list[Any]) -> bytes:
        return b"".join([dumps(record, as_json, options) for record in records])

    return write


def _write_by_msgspec(encoder: Any) -> Write:
    def write(records: list[Any]) -> bytes:
        # It writes more kinds of values than the standard library, and some in other ways.
        if _values_of_flat(records) is None:
            return _encode(records)
        text: bytes = encoder.encode_lines(records)
        return text

    return write
