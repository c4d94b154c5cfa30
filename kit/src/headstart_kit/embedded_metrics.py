"""Metrics as lines of CloudWatch's embedded metric format on standard output, within its limits.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
and https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html (2026-11-25).
"""

from __future__ import annotations

import json
import os
import sys
import threading

from headstart_kit import clock, invocations
from headstart_kit.errors import SettingError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

METRICS_MAX = 100
VALUES_MAX = 100
DIMENSIONS_MAX = 30
NAME_CHARACTERS_MAX = 255
DIMENSION_CHARACTERS_MAX = 1024
VALUE_MAX = 2.0**360
# With so many, and the longest names there can be, a line is still below CloudWatch's 256 KB.
PENDING_MAX = 2000
_EXACT_MAX = 2**53
_MEMBERS = {"_aws", "requestId", "timestamp", "level"}
# Lambda takes a line without a level for INFO, and drops it where its log level is one of these.
# Source: https://github.com/aws/aws-lambda-python-runtime-interface-client/issues/202 (2026-11-25)
_LEVELS_ABOVE_INFO = {"WARN", "ERROR", "FATAL"}

_BYTES = ("Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes")
_BITS = ("Bits", "Kilobits", "Megabits", "Gigabits", "Terabits")
_AMOUNTS = ("Count", *_BYTES, *_BITS)
_RATES = [f"{amount}/Second" for amount in _AMOUNTS]
UNITS = ("Milliseconds", "Microseconds", "Seconds", "Percent", "None", *_AMOUNTS, *_RATES)


class _Group:
    """The metrics that wait for one line: all that have the same dimensions."""

    __slots__ = ("dimensions", "units", "values")

    def __init__(self, dimensions: dict[str, str]) -> None:
        self.dimensions = dimensions
        self.units: dict[str, str] = {}
        self.values: dict[str, list[float]] = {}

    def line(self, namespace: str, *, now_s: float, more: Mapping[str, str | None]) -> str:
        definitions = [{"Name": name, "Unit": unit} for name, unit in self.units.items()]
        directive = {"Namespace": namespace, "Dimensions": [list(self.dimensions)], "Metrics": definitions}
        root: dict[str, object] = {"_aws": {"Timestamp": int(now_s * 1000), "CloudWatchMetrics": [directive]}}
        root.update(more)
        root.update(self.dimensions)
        root.update((name, values if len(values) > 1 else values[0]) for name, values in self.values.items())
        return json.dumps(root)


class Metrics:
    """Collects metrics, and writes them in as few lines as CloudWatch takes: when ``@handler`` ends, and before that
    whenever one more would be too many for a line."""

    __slots__ = ("_dimensions", "_groups", "_lambda_level", "_lock", "_namespace", "_now_s", "_pending")

    def __init__(
        self,
        namespace: str | None = None,
        *,
        service: str | None = None,
        now_s: Callable[[], float] = clock.now_s,
    ) -> None:
        """``namespace`` is by default ``HEADSTART_METRICS_NAMESPACE``, else ``Headstart``. ``service``, by default
        ``HEADSTART_METRICS_SERVICE``, else the function's name, is a dimension of every metric.

        Raises:
            SettingError: CloudWatch does not take one of them.
        """
        self._namespace = _setting("HEADSTART_METRICS_NAMESPACE", namespace) or "Headstart"
        if self._namespace.startswith((":", "AWS/")):
            raise SettingError(f"HEADSTART_METRICS_NAMESPACE is {self._namespace!r}; it cannot begin with : or AWS/")
        name = _setting("HEADSTART_METRICS_SERVICE", service) or os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self._dimensions = {"service": name or "local"}
        self._now_s = now_s
        self._lambda_level = os.environ.get("AWS_LAMBDA_LOG_LEVEL")
        self._lock = threading.Lock()
        self._groups: dict[tuple[tuple[str, str], ...], _Group] = {}
        self._pending = 0

    def add(
        self, name: str, value: float = 1, *, unit: str = "Count", dimensions: Mapping[str, str] | None = None
    ) -> None:
        """Add one value of a metric. ``unit`` is CloudWatch's word, such as ``Milliseconds``. ``dimensions`` come on
        top of ``service``; each combination of their values is a metric of its own, on the bill too.

        Raises:
            ValueError: CloudWatch does not take the name, the value, the unit or a dimension, or the metric had
                another unit before.
        """
        value = _number(name, value)
        key = tuple(sorted(dimensions.items())) if dimensions else ()
        with self._lock:
            group = self._group(key)
            known = group.units.get(name)
            if known is None:
                _check_definition(name, unit, dimensions=group.dimensions)
            elif known != unit:
                raise ValueError(f"metric {name} has unit {unit!r}, and had {known!r} before; give it one")
            if self._is_full(group, name):
                self._write()
                group = self._group(key)
            group.units[name] = unit
            group.values.setdefault(name, []).append(value)
            self._pending += 1

    def flush(self) -> None:
        """Write what has been added; ``@handler`` does."""
        if self._groups:
            with self._lock:
                self._write()

    def _group(self, key: tuple[tuple[str, str], ...]) -> _Group:
        group = self._groups.get(key)
        if group is None:
            group = _Group(self._dimensions | dict(key))
            _check_dimensions(group.dimensions)
            self._groups[key] = group
        return group

    def _is_full(self, group: _Group, name: str) -> bool:
        values = group.values.get(name)
        is_group_full = len(group.units) >= METRICS_MAX if values is None else len(values) >= VALUES_MAX
        return is_group_full or self._pending >= PENDING_MAX

    def _write(self) -> None:
        now_s, groups = self._now_s(), self._groups
        more = {"requestId": invocations.invocation().request_id}
        if self._lambda_level in _LEVELS_ABOVE_INFO:
            from headstart_kit.json_log import rfc3339

            more |= {"timestamp": rfc3339(now_s), "level": self._lambda_level}
        self._groups, self._pending = {}, 0
        for group in groups.values():
            if group.values:
                sys.stdout.write(group.line(self._namespace, now_s=now_s, more=more) + "\n")


def _setting(name: str, given: str | None) -> str | None:
    text = given or os.environ.get(name)
    if text is not None and not _is_plain(text, NAME_CHARACTERS_MAX):
        raise SettingError(f"{name} is {text!r}; allowed: 1 … {NAME_CHARACTERS_MAX} printable ASCII characters")
    return text


def _is_plain(text: object, characters_max: int) -> bool:
    """Printable ASCII of which something is to be seen: what CloudWatch takes as a name or a dimension's value."""
    return (
        isinstance(text, str)
        and len(text) <= characters_max
        and text.isascii()
        and text.isprintable()
        and bool(text.strip())
    )


def _number(name: str, value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -VALUE_MAX <= value <= VALUE_MAX:
        raise ValueError(f"metric {name} has value {value!r}; allowed: numbers from -2**360 to 2**360")
    return value if -_EXACT_MAX <= value <= _EXACT_MAX else float(value)


def _check_definition(name: str, unit: str, *, dimensions: dict[str, str]) -> None:
    if not _is_plain(name, NAME_CHARACTERS_MAX):
        raise ValueError(
            f"the metric's name is {name!r}; allowed: 1 … {NAME_CHARACTERS_MAX} printable ASCII characters"
        )
    if name in dimensions or name in _MEMBERS:
        raise ValueError(
            f"metric {name} has the name of a dimension, or of a member that every line has; name it otherwise"
        )
    if unit not in UNITS:
        raise ValueError(f"metric {name} has unit {unit!r}; allowed: {', '.join(UNITS)}")


def _check_dimensions(dimensions: dict[str, str]) -> None:
    if len(dimensions) > DIMENSIONS_MAX:
        raise ValueError(f"a metric has {len(dimensions)} dimensions; allowed: {DIMENSIONS_MAX}, one is service")
    for name, value in dimensions.items():
        is_name = _is_plain(name, NAME_CHARACTERS_MAX) and not name.startswith(":") and name not in _MEMBERS
        if not is_name or not _is_plain(value, DIMENSION_CHARACTERS_MAX):
            raise ValueError(
                f"dimension {name!r} is {value!r}; allowed: printable ASCII, for the name 1 … {NAME_CHARACTERS_MAX} "
                f"characters of which the first is no colon, for the value 1 … {DIMENSION_CHARACTERS_MAX}"
            )


metrics = Metrics()
invocations.at_end(metrics.flush)
