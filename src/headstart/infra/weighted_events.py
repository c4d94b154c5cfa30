"""Events with weights, as AWS Lambda Power Tuning takes them: one payload, or a list of payloads with their weights."""

import json
from pathlib import Path
from typing import Any

import msgspec

from headstart.errors import EventError, InvalidValueError
from headstart.infra import sample_events
from headstart.model.invocation import Event

_KEYS = frozenset({"payload", "weight"})
_EXAMPLE = '[{"payload": {"id": 1}, "weight": 3}, {"payload": {"id": 2}, "weight": 1}]'


def read_file(path: Path) -> tuple[Event, ...]:
    """The event in a file, or several of them where it is a list of payloads with weights.

    Raises:
        EventError: it cannot be read, is not JSON, larger than Lambda accepts, or has weights that sum to 0.
        InvalidValueError: a weight that is not above 0.
    """
    event = sample_events.read_file(path)
    return parse(event.payload, name=event.name)


def parse(document: bytes, *, name: str) -> tuple[Event, ...]:
    """The events in JSON, named after ``name``. Raises as ``read_file``."""
    event = sample_events.parse(document, name=name)
    return of_value(json.loads(document), name=name) if event.payload.lstrip().startswith(b"[") else (event,)


def of_value(value: Any, *, name: str) -> tuple[Event, ...]:
    """The events that a value means: itself, or each payload of a list whose every item has a payload and a weight.

    A text that is JSON is that JSON, as in an execution input. Raises as ``read_file``.
    """
    if not isinstance(value, list) or not value or not all(map(_is_weighted, value)):
        return (_event(value, name=name),)
    weights = [_weight(item["weight"], number) for number, item in enumerate(value, start=1)]
    if sum(weights) <= 0:
        raise EventError(
            f"the weights of the {len(value)} payloads of {name} sum to 0; needed: above 0", hint=f"e.g. {_EXAMPLE}"
        )
    for number, weight in enumerate(weights, start=1):
        if weight <= 0:
            raise InvalidValueError(
                f"weight of payload {number} of {name}",
                weight,
                allowed="above 0",
                hint="leave out what is not to be sent",
            )
    payloads = (_event(item["payload"], name=f"{name}-{number}") for number, item in enumerate(value, start=1))
    return tuple(msgspec.structs.replace(event, weight=weight) for event, weight in zip(payloads, weights, strict=True))


def _is_weighted(item: Any) -> bool:
    return isinstance(item, dict) and item.keys() == _KEYS


def _weight(value: Any, number: int) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidValueError(
            f"weight of payload {number}", value, allowed="a number above 0", hint=f"e.g. {_EXAMPLE}"
        )
    return float(value)


def _event(value: Any, *, name: str) -> Event:
    if isinstance(value, str):
        try:
            return sample_events.parse(value.encode(), name=name)
        except EventError:
            pass  # a text that is no JSON is sent as a JSON text
    return sample_events.parse(json.dumps(value).encode(), name=name)
