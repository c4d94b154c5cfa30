"""A log of JSON lines, each with the ids of its invocation, whatever format Lambda writes its own lines in."""

from __future__ import annotations

import json
import os
import sys
import time

from headstart_kit import clock
from headstart_kit.errors import SettingError
from headstart_kit.invocations import invocation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# AWS's names of the levels, and Python's for the same. AWS's are written, as its filter is sure to know them.
# Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html (2026-11-25)
_LEVELS = {"TRACE": 0, "DEBUG": 10, "INFO": 20, "WARN": 30, "WARNING": 30, "ERROR": 40, "FATAL": 50, "CRITICAL": 50}
_DEBUG, _INFO, _WARN, _ERROR = 10, 20, 30, 40
# Lambda writes a longer line in pieces, which are no JSON.
LINE_BYTES_MAX = 256 * 1024
_BYTES_PER_CHARACTER_MAX = 16


class Log:
    """Writes JSON lines to standard output.

    A line has ``timestamp``, ``level``, ``message`` and ``requestId`` as Lambda's own JSON lines have them,
    ``trace_id`` and ``span_id`` as OpenTelemetry has them, ``function_name``, ``cold_start``, and the fields of the
    call; one of them with such a name gets an underscore. No field makes a call fail: what is not JSON is written as
    its ``repr``, an exception with its type, message and stack, and what would not fit on a line is cut.

    Source: https://opentelemetry.io/docs/specs/otel/compatibility/logging_trace_context/ (2026-11-25).
    """

    __slots__ = ("_chance", "_drawn", "_function_name", "_lambda_level", "_level", "_sample_ratio")

    def __init__(
        self,
        level: str | None = None,
        *,
        sample_ratio: float | None = None,
        chance: Callable[[], float] = clock.chance,
    ) -> None:
        """Lines from ``level`` up are written, by default from ``LOG_LEVEL``, else ``AWS_LAMBDA_LOG_LEVEL``, else INFO;
        but none below ``AWS_LAMBDA_LOG_LEVEL``, as Lambda would drop it.

        ``sample_ratio``, by default ``HEADSTART_LOG_SAMPLE_RATIO``, else 0, is the share of invocations with debug
        lines although the level is higher.

        Raises:
            SettingError: a level or the ratio is none.
        """
        lambda_level = _level("AWS_LAMBDA_LOG_LEVEL", os.environ.get("AWS_LAMBDA_LOG_LEVEL"))
        chosen = _level("LOG_LEVEL", level or os.environ.get("LOG_LEVEL"))
        self._lambda_level = lambda_level or 0
        self._level = max(self._lambda_level, next((x for x in (chosen, lambda_level) if x is not None), _INFO))
        self._sample_ratio = _ratio(
            os.environ.get("HEADSTART_LOG_SAMPLE_RATIO") if sample_ratio is None else sample_ratio
        )
        self._chance = chance
        self._drawn = (-1, False)
        self._function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")

    def debug(self, message: str, /, **fields: object) -> None:
        """Write a line for whoever looks for a fault."""
        if self._level <= _DEBUG or (self._sample_ratio and self._lambda_level <= _DEBUG and self._is_sampled()):
            self._write("DEBUG", message, fields=fields)

    def info(self, message: str, /, **fields: object) -> None:
        """Write a line about what happened as it should."""
        if self._level <= _INFO:
            self._write("INFO", message, fields=fields)

    def warning(self, message: str, /, **fields: object) -> None:
        """Write a line about what went wrong and was mended."""
        if self._level <= _WARN:
            self._write("WARN", message, fields=fields)

    def error(self, message: str, /, **fields: object) -> None:
        """Write a line about what failed; give the exception as a field."""
        if self._level <= _ERROR:
            self._write("ERROR", message, fields=fields)

    def _is_sampled(self) -> bool:
        """Whether debug lines are written: drawn once an invocation, so that it has all of them or none."""
        number = invocation().number
        if self._drawn[0] != number:
            self._drawn = (number, self._chance() < self._sample_ratio)
        return self._drawn[1]

    def _write(self, level: str, message: str, *, fields: dict[str, object]) -> None:
        line: dict[str, object] = {"timestamp": rfc3339(clock.now_s()), "level": level, "message": message}
        current = invocation()
        if current.request_id:
            line["requestId"] = current.request_id
        if current.trace:
            line["trace_id"], line["span_id"] = current.trace.trace_id, current.trace.span_id
        if self._function_name:
            line["function_name"] = self._function_name
        line["cold_start"] = current.cold_start
        line.update({f"{name}_" if name in line else name: value for name, value in fields.items()})
        # One write: lines of several threads, or of two processes, must not mix.
        sys.stdout.write(_as_json(line) + "\n")


def _level(name: str, value: str | None) -> int | None:
    if not value:
        return None
    if value.upper() not in _LEVELS:
        raise SettingError(f"{name} is {value!r}; allowed: {', '.join(_LEVELS)}")
    return _LEVELS[value.upper()]


def _ratio(value: str | float | None) -> float:
    try:
        ratio = float(value or 0)
    except ValueError:
        ratio = -1.0
    if not 0 <= ratio <= 1:
        raise SettingError(f"HEADSTART_LOG_SAMPLE_RATIO is {value!r}; allowed: 0 … 1")
    return ratio


def rfc3339(now_s: float) -> str:
    """The time in UTC to the millisecond, in the form that Lambda believes in a line."""
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now_s))}.{int(now_s * 1000) % 1000:03d}Z"


def _as_json(line: dict[str, object]) -> str:
    try:
        text = _encode(line)
    except (TypeError, ValueError, RecursionError):  # a key that is no string, a circle, NaN, too deep
        line = {name: _encodable(value) for name, value in line.items()}
        text = _encode(line)
    if len(text) < LINE_BYTES_MAX:
        return text
    room = LINE_BYTES_MAX // _BYTES_PER_CHARACTER_MAX // len(line)
    return _encode({name: _cut(value, room) for name, value in line.items()})


def _encodable(value: object) -> object:
    try:
        _encode(value)
    except (TypeError, ValueError, RecursionError):
        return _shown(value)
    return value


def _cut(value: object, room: int) -> object:
    text = value if isinstance(value, str) else _encode(value)
    return value if len(text) <= room else f"{text[:room]} … of {len(text)} characters"


def _plain(value: object) -> object:
    if not isinstance(value, BaseException):
        return _shown(value)
    import traceback

    stack = traceback.format_exception(type(value), value, value.__traceback__)
    return {"type": type(value).__name__, "message": _shown(value, str), "stack": stack}


def _shown(value: object, form: Callable[[object], str] = repr) -> str:
    try:
        return form(value)
    except Exception as error:  # whatever a class of the function's own does
        return f"<{type(value).__name__} whose {form.__name__} raises {type(error).__name__}>"


_encode = json.JSONEncoder(default=_plain, allow_nan=False).encode

log = Log()
