"""Two templates, resource by resource: as the reader of templates resolves them, by ids without what was generated."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from headstart.infra.template import reader
from headstart.infra.template.options import ReadOptions
from headstart.model.infrastructure import Infrastructure, Resource, Symbolic

# What the CDK appends to a logical id, and to that of a version.
_HASH = re.compile(r"(?<=[a-z0-9])[0-9A-F]{8}([0-9a-f]{32})?$")
Step = str | int
Difference = tuple[str, tuple[Step, ...]]


def read(file: Path, region: str) -> Infrastructure:
    """The template, with its Region known and nothing in it that was not understood."""
    infrastructure = reader.read(file, options=ReadOptions(region=region))
    assert infrastructure.not_understood == ()
    return infrastructure


def by_name(infrastructure: Infrastructure, names: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The resources by ids without hashes; ``names`` are patterns of other ids, and what they are called instead."""
    called = {each: _called(each, names) for each in infrastructure.resources}
    assert len(set(called.values())) == len(called)
    pattern = re.compile("|".join(sorted(map(re.escape, called), key=len, reverse=True)))

    def plain(value: Any) -> Any:
        if isinstance(value, Symbolic):
            value = value.text
        if isinstance(value, str):
            text = pattern.sub(lambda found: called[found[0]], value)
            return json.loads(text) if text.startswith('{"') else text
        if isinstance(value, Mapping):
            return {key: plain(inner) for key, inner in value.items()}
        return [plain(inner) for inner in value] if isinstance(value, Sequence) else value

    return {
        called[each]: {
            "Type": resource.type,
            "Properties": plain(resource.properties),
            "DeletionPolicy": resource.deletion_policy,
            "UpdateReplacePolicy": resource.update_replace_policy,
            "UpdatePolicy": plain(resource.update_policy),
            "Before": {called[other] for other in _before(resource, infrastructure)},
        }
        for each, resource in infrastructure.resources.items()
    }


def _called(logical_id: str, names: Mapping[str, str]) -> str:
    for pattern, name in names.items():
        if re.fullmatch(pattern, logical_id):
            return name
    return _HASH.sub("", logical_id)


def _before(resource: Resource, infrastructure: Infrastructure) -> set[str]:
    """All that is made before it, by whatever way."""
    seen: set[str] = set()
    waiting = {resource.id}
    while waiting:
        each = infrastructure.resources[waiting.pop()]
        found = {other for other in each.depends_on | each.refers_to if other in infrastructure.resources} - seen
        seen |= found
        waiting |= found
    return seen


def differences(left: Mapping[str, Any], right: Mapping[str, Any]) -> set[Difference]:
    """The type of each resource that differs, and where; an empty place for one that is on one side only."""
    found = {((left.get(each) or right[each])["Type"], ()) for each in left.keys() ^ right.keys()}
    both = left.keys() & right.keys()
    return found | set(
        chain.from_iterable(
            ((left[each]["Type"], place) for place in _different(left[each], right[each], ())) for each in both
        )
    )


def _different(left: Any, right: Any, place: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
    if isinstance(left, dict) and isinstance(right, dict):
        for key in sorted({*left, *right}):
            yield from _different(left.get(key), right.get(key), (*place, key))
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for number, (one, other) in enumerate(zip(left, right, strict=True)):
            yield from _different(one, other, (*place, number))
    elif left != right:
        yield place
