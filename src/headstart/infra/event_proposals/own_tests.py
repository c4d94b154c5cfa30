"""The events that a package has lying about: JSON in its folders of events and tests, and dicts that its tests send."""

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from headstart.infra import discover
from headstart.infra.event_proposals.candidate import Candidate
from headstart.infra.event_proposals.http_request import Route
from headstart.infra.event_proposals.program import definitions_of, parsed
from headstart.infra.event_proposals.reached import reached_by
from headstart.model import limits

_TESTS: Final = ("tests", "test")
_FILES_MAX: Final = 500
_SECRET: Final = re.compile(r"authorization|cookie|api[-_]?key|secret|passw|token|credential", re.IGNORECASE)
_EXAMPLE: Final = "example"


def candidates(folder: Path, *, handler: str, routes: Sequence[Route], events: Path) -> Iterator[Candidate]:
    """Those of ``folder``: those in ``events`` as they are, others without what may be a secret."""
    for file in discover.events(folder):
        own = file if file.parent == events else None
        yield from _of_value(_json(file), routes, place=_place(file, folder), name=file.stem, file=own)
    tests = [file for name in _TESTS for file in sorted((folder / name).rglob("*")) if file.is_file()][:_FILES_MAX]
    for file in tests:
        if file.suffix == ".py":
            for line, value in _sent(file, handler):
                yield from _of_value(value, routes, place=f"{_place(file, folder)}:{line}", name="")
        elif file.suffix == ".json":
            found = _of_value(_json(file), routes, place=_place(file, folder), name=file.stem)
            yield from (each for each in found if each.reach.kind != "keys")


def _of_value(
    value: Any, routes: Sequence[Route], *, place: str, name: str, file: Path | None = None
) -> Iterator[Candidate]:
    for reach in reached_by(value, routes)[:1]:
        event = value if file else _without_secrets(value)
        yield Candidate(reach=reach, place=place, event=event, name=name, file=file)


def _place(file: Path, folder: Path) -> str:
    return file.relative_to(folder).as_posix()


def _json(file: Path) -> Any:
    """The value in a file; None for what is no event."""
    try:
        return json.loads(file.read_bytes()) if file.stat().st_size <= limits.REQUEST_BYTES_MAX else None
    except (OSError, ValueError, RecursionError):
        return None


def _sent(file: Path, handler: str) -> Iterator[tuple[int, Any]]:
    """The line and value of each event that is written out where a test calls the handler, by a name or a fixture."""
    tree = parsed(str(file), file.read_bytes())
    if tree is None:
        return
    defined = definitions_of(ast.walk(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and _name(node.func) == handler.rpartition(".")[2]:
            event = node.args[0]
            value = _written_out(_returned(defined.get(event.id, event)) if isinstance(event, ast.Name) else event)
            if value is not None:
                yield node.lineno, value


def _returned(node: ast.AST) -> ast.AST:
    """What a fixture returns; other things as they are."""
    found = (each.value for each in ast.walk(node) if isinstance(each, ast.Return) and each.value is not None)
    return next(found, node) if isinstance(node, ast.FunctionDef) else node


def _written_out(node: ast.AST) -> Any:
    """The value of literals and of ``json.dumps`` of one; None for what is more than that."""
    try:
        return _literal(node)
    except (ValueError, TypeError, RecursionError):
        return None


def _literal(node: ast.AST | None) -> Any:
    if isinstance(node, ast.Dict):
        return {_literal(key): _literal(value) for key, value in zip(node.keys, node.values, strict=True)}
    if isinstance(node, ast.List | ast.Tuple):
        return [_literal(item) for item in node.elts]
    if isinstance(node, ast.Call) and _name(node.func) == "dumps" and len(node.args) == 1:
        return json.dumps(_literal(node.args[0]))
    value = ast.literal_eval(node)  # type: ignore[arg-type]
    json.dumps(value)
    return value


def _name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _without_secrets(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _EXAMPLE if _may_hide(key, inner) else _without_secrets(inner) for key, inner in value.items()}
    return [_without_secrets(item) for item in value] if isinstance(value, list) else value


def _may_hide(key: Any, value: Any) -> bool:
    return isinstance(value, str) and _SECRET.search(str(key)) is not None
