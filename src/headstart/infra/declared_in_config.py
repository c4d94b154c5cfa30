"""What ``[function]`` of headstart.toml says, as rules see what a template says: a declared function, with places."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from headstart.infra.settings import FunctionTable
from headstart.model.function_keys import PROPERTIES
from headstart.model.infrastructure import DeclaredFunction, Place, Resource, Step

_TABLE = re.compile(r"\s*\[+\s*([\w.\s\"']+?)\s*\]+\s*(?:#.*)?")
_KEY = re.compile(r"\s*([\w-]+)\s*=")


def declared_function(file: Path, table: FunctionTable, *, code: Path) -> DeclaredFunction:
    """The function that ``file`` describes, with only what it says; its code is at ``code``.

    It is in no template, so that nothing is concluded from alarms or log groups that are not there.
    """
    lines = {path: Place(str(file), line, 1) for path, line in _lines(file.read_text(encoding="utf-8"))}
    name = table.name or code.stem
    resource = Resource(
        id=name,
        type="AWS::Lambda::Function",
        properties=_properties(table),
        place=lines.get((), Place(str(file), 1, 1)),
        places={path: place for path, place in lines.items() if path},
    )
    return DeclaredFunction(
        resource=resource,
        name=name,
        runtime=table.runtime,
        handler=table.handler,
        memory_mb=table.memory_mb,
        timeout_s=table.timeout_s,
        architecture=table.architecture,
        ephemeral_storage_mb=table.ephemeral_storage_mb,
        environment=table.environment,
        layers=tuple(file.parent / layer for layer in table.layers or ()),
        code=code,
    )


def _properties(table: FunctionTable) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for key, path in PROPERTIES.items():
        value = getattr(table, key)
        if value is not None and value != {}:
            *outer, last = path
            around = properties
            for step in outer:
                around = around.setdefault(step, {})
            around[last] = [value] if key == "architecture" else value
    return properties


def _lines(text: str) -> Iterator[tuple[tuple[Step, ...], int]]:
    """The line of ``[function]`` (an empty path), and of each property that it says."""
    table = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _TABLE.fullmatch(line):
            table = header[1]
            if table == "function":
                yield (), number
        elif (key := _KEY.match(line)) and table == "function" and key[1] in PROPERTIES:
            yield PROPERTIES[key[1]], number
        elif key and table == "function.environment":
            yield ("Environment", "Variables", key[1]), number
