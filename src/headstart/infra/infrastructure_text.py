"""Writes ``[infrastructure]`` of headstart.toml: what is said, and an example of what is not."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from headstart.infra.infrastructure_table import InfrastructureTable, VpcTable
from headstart.model.alarm_settings import AlarmSettings
from headstart.model.provisioned_settings import CapacitySchedule, ProvisionedSettings, UtilizationTracking
from headstart.model.traffic_shift import Shift

_COMMENTS = {
    "alias": "the alias that the function is invoked through",
    "log_retention_days": "how long the log is kept",
    "tracing": "X-Ray",
    "failed_events": "keep asynchronous events that failed each time in a queue, with an alarm on it",
    "dashboard": "cold starts, durations, concurrency and cost; CloudWatch bills each dashboard",
    "emails": "who hears of alarms",
    "reserved": "concurrency that the function has for itself, and at most",
}
_EXAMPLE = InfrastructureTable(failed_events=True, dashboard=True, emails=("team@example.com",), reserved=100)
_TABLES: dict[str, tuple[str, msgspec.Struct]] = {
    "provisioned": (
        "environments that are initialised before they are asked for, and their scaling",
        ProvisionedSettings(
            executions=5,
            minimum=2,
            maximum=40,
            tracking=UtilizationTracking(),
            schedules=(CapacitySchedule(name="morning", when="cron(45 7 ? * MON-FRI *)", minimum=20),),
        ),
    ),
    "alarms": ("when alarms fire: error_percent, duration_percent of the timeout, …", AlarmSettings()),
    "shift": ("new versions get this share of the traffic for so long, and are taken back on errors", Shift()),
    "vpc": (
        "what is there already, for a function that needs it",
        VpcTable(id="vpc-0a1b2c3d", subnet_ids=("subnet-0a1b2c3d",), security_group_ids=("sg-0a1b2c3d",)),
    ),
}
# Keys of an example that are shown though they have their default.
_SHOWN = frozenset({"error_percent", "minimum_requests", "duration_percent", "percent", "minutes", "target_ratio"})


def render(table: InfrastructureTable) -> Iterator[str]:
    """The lines of the table."""
    default = InfrastructureTable()
    yield "# what headstart synth writes beside the function"
    yield "[infrastructure]"
    for name, comment in _COMMENTS.items():
        value = getattr(table, name)
        is_said = value != getattr(default, name)
        yield f"# {comment}"
        yield f"{'' if is_said else '# '}{name} = {_toml(value if is_said else getattr(_EXAMPLE, name))}"
    for name, (comment, example) in _TABLES.items():
        value = getattr(table, name)
        is_said = value != getattr(default, name)
        mark = "" if is_said else "# "
        yield f"# {comment}"
        yield f"{mark}[infrastructure.{name}]"
        yield from (f"{mark}{key} = {_toml(inner)}" for key, inner in _said(value if is_said else example))


def _said(value: msgspec.Struct) -> Iterator[tuple[str, Any]]:
    """The keys that have to be said, or are worth to be."""
    for field in msgspec.structs.fields(value):
        inner = getattr(value, field.name)
        if inner is not None and (field.required or field.name in _SHOWN or inner != field.default):
            yield field.name, inner


def _toml(value: Any) -> str:
    """Texts, numbers and truth are written alike in JSON and TOML, but for DEL."""
    if isinstance(value, msgspec.Struct):
        return "{ " + ", ".join(f"{key} = {_toml(inner)}" for key, inner in _said(value)) + " }"
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
