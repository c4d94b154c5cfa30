"""OpenAPI documents: a request for each operation, with what it requires."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from headstart.errors import TemplateError
from headstart.infra.event_proposals.http_request import Request, Route
from headstart.infra.event_proposals.plausible import Schema, plausible, resolved
from headstart.infra.event_proposals.routes import METHODS
from headstart.infra.template.document import read_document
from headstart.infra.template.node import Document

_NAMES: Final = tuple(f"{name}.{suffix}" for name in ("openapi", "swagger") for suffix in ("yaml", "yml", "json"))
_JSON: Final = "application/json"


class Operation(msgspec.Struct, frozen=True):
    """A request, and the steps to it in the document."""

    request: Request
    steps: tuple[str, ...]


def documents(folder: Path) -> Iterator[Document]:
    """The OpenAPI documents that lie in a folder; what cannot be read is passed over."""
    for name in _NAMES:
        if (folder / name).is_file():
            try:
                yield read_document(folder / name)
            except TemplateError:
                continue


def place_of(document: Document, steps: tuple[str, ...]) -> str:
    """``openapi.yaml:12``."""
    node = document.root
    for step in steps:
        node = node.get(step) or node
    return f"{Path(document.file).name}:{node.line}"


def operations(document: Any) -> Iterator[Operation]:
    """The operations of a document, in its order."""
    paths = document.get("paths") if isinstance(document, Mapping) else None
    for path, item in paths.items() if isinstance(paths, Mapping) else ():
        for method, operation in item.items() if isinstance(item, Mapping) else ():
            if method.upper() in METHODS and isinstance(operation, Mapping):
                parameters = [*_list(item.get("parameters")), *_list(operation.get("parameters"))]
                request = _request(
                    Route(method.upper(), str(path)), operation, parameters=parameters, document=document
                )
                yield Operation(request, ("paths", path, method))


def _request(route: Route, operation: Schema, *, parameters: list[Any], document: Schema) -> Request:
    found: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}}
    body = _body(operation, document)
    for parameter in (resolved(each, document) for each in parameters):
        name, where = str(parameter.get("name")), parameter.get("in")
        if where == "body":
            body = plausible(parameter.get("schema", {}), document=document)
        elif where in found and (where == "path" or parameter.get("required")):
            schema = {**resolved(parameter.get("schema", parameter), document), **_example(parameter)}
            found[where][name] = plausible(schema, name=name, document=document)
    return Request(route=route, parameters=found["path"], query=found["query"], headers=found["header"], body=body)


def _body(operation: Schema, document: Schema) -> Any:
    content = resolved(operation.get("requestBody", {}), document).get("content")
    media = content.get(_JSON) if isinstance(content, Mapping) else None
    if not isinstance(media, Mapping):
        return None
    examples = media.get("examples")
    named = [resolved(each, document) for each in examples.values()] if isinstance(examples, Mapping) else []
    given = media.get("example", named[0].get("value") if named else None)
    return plausible(media.get("schema", {}), document=document) if given is None else given


def _example(parameter: Schema) -> dict[str, Any]:
    return {"example": parameter["example"]} if "example" in parameter else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
