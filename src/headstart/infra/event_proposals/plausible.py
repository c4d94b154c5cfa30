"""A plausible value for a JSON Schema: what it gives as an example, else the simplest that it allows."""

import math
from collections.abc import Mapping
from typing import Any, Final

from headstart.infra.event_proposals.matching_text import matching_text

Schema = Mapping[str, Any]

_DEPTH_MAX: Final = 8
_ITEMS_MAX: Final = 100
_BY_FORMAT: Final = {
    "byte": "aGVsbG8=",
    "date": "2026-01-15",
    "date-time": "2026-01-15T09:30:00Z",
    "duration": "PT1H",
    "email": "ada@example.com",
    "ipv4": "203.0.113.10",
    "time": "09:30:00",
    "uri": "https://example.com/",
    "uuid": "6f1d2c3b-4a59-4e68-8d7c-9b0a1c2d3e4f",
}
# What a text is likely to be by the end of its name.
_BY_NAME: Final = {
    "country": "DE",
    "currency": "EUR",
    "date": _BY_FORMAT["date"],
    "email": _BY_FORMAT["email"],
    "language": "en",
    "locale": "en",
    "phone": "+14155550100",
    "url": _BY_FORMAT["uri"],
    "uuid": _BY_FORMAT["uuid"],
}


def plausible(schema: Schema, *, name: str = "", document: Schema | None = None, depth: int = 0) -> Any:
    """A JSON value that ``schema`` allows, as far as is plain; ``$ref`` points into ``document``.

    Of an object it has what is required, and everything where nothing is said to be.
    """
    schema = resolved(schema, document)
    if (given := _given(schema)) is not None:
        return given
    for key in ("anyOf", "oneOf"):
        choices = [resolved(choice, document) for choice in schema.get(key, ())]
        if choices:
            chosen = next((choice for choice in choices if choice.get("type") != "null"), choices[0])
            return plausible({**schema, key: (), **chosen}, name=name, document=document, depth=depth + 1)
    kind = _kind(schema)
    if kind in ("object", "array") and depth > _DEPTH_MAX:
        return {} if kind == "object" else []
    if kind == "object":
        return _object(schema, document=document, depth=depth)
    if kind == "array":
        count = min(max(schema.get("minItems", 1), 1), _ITEMS_MAX)
        return [plausible(schema.get("items", {}), name=name, document=document, depth=depth + 1)] * count
    if kind in ("integer", "number"):
        return _number(schema, is_whole=kind == "integer")
    return {"boolean": True, "null": None}.get(kind) if kind != "string" else _text(schema, name=name)


def _given(schema: Schema) -> Any:
    """What the schema itself gives; None where it gives nothing."""
    for key in ("example", "const", "default"):
        if schema.get(key) is not None:
            return schema[key]
    for key in ("examples", "enum"):
        if isinstance(schema.get(key), list | tuple) and schema[key]:
            return schema[key][0]
    return None


def resolved(schema: Schema, document: Schema | None) -> Schema:
    """The schema with what ``$ref`` points to and ``allOf`` joins; an empty one for what is none."""
    for _ in range(_DEPTH_MAX):
        if not isinstance(schema, Mapping):
            return {}
        if isinstance(reference := schema.get("$ref"), str):
            schema = _pointed_to(reference, document)
        elif isinstance(parts := schema.get("allOf"), list):
            schema = _joined([{**schema, "allOf": None}, *(resolved(part, document) for part in parts)])
        else:
            return schema
    return {}


def _pointed_to(reference: str, document: Schema | None) -> Schema:
    found: Any = document
    for escaped in reference.removeprefix("#/").split("/"):
        step = escaped.replace("~1", "/").replace("~0", "~")
        found = found.get(step) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _joined(parts: list[Schema]) -> Schema:
    joined: dict[str, Any] = {}
    properties: dict[str, Any] = {}
    required: list[str] = []
    for part in parts:
        joined |= part
        properties |= part.get("properties") or {}
        required += part.get("required") or ()
    return {**joined, "allOf": None, "properties": properties, "required": required}


def _kind(schema: Schema) -> str:
    kind = schema.get("type")
    if isinstance(kind, list | tuple):  # as OpenAPI 3.1 says that null is allowed
        kind = next((each for each in kind if each != "null"), "null")
    if kind is None:
        kind = "object" if schema.get("properties") else "array" if "items" in schema else "string"
    return str(kind)


def _object(schema: Schema, *, document: Schema | None, depth: int) -> dict[str, Any]:
    properties = schema.get("properties") or {}
    wanted = schema.get("required", properties)
    return {name: plausible(properties.get(name, {}), name=name, document=document, depth=depth + 1) for name in wanted}


def _number(schema: Schema, *, is_whole: bool) -> float:
    """The least that is allowed, or 1 where that is; above an excluded bound by one step."""
    step = schema.get("multipleOf") or (1 if is_whole else 0.5)
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if isinstance(above, int | float) and not isinstance(above, bool):
        low = max(above + step, low if low is not None else -math.inf)
    if isinstance(below, int | float) and not isinstance(below, bool):
        high = min(below - step, high if high is not None else math.inf)
    value = 1 if low is None else max(low, 1)
    value = math.ceil(value / step) * step
    value = value if high is None else min(value, high)
    return int(value) if is_whole or value == int(value) else value


def _text(schema: Schema, *, name: str) -> str:
    pattern = schema.get("pattern")
    if isinstance(pattern, str) and (matching := matching_text(pattern)) is not None:
        return matching
    word = name.lower().replace("-", "_").rpartition("_")[2]
    text = _BY_FORMAT.get(str(schema.get("format"))) or _BY_NAME.get(word) or ("1" if word == "id" else "example")
    least, most = schema.get("minLength", 0), schema.get("maxLength", math.inf)
    return (text + "a" * max(0, int(least) - len(text)))[: int(most) if most != math.inf else None]
