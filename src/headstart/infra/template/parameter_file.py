"""Reads a file of parameters, as the tools that deploy templates take them."""

from pathlib import Path
from typing import Any

from headstart.errors import TemplateError
from headstart.infra.template.document import read_document
from headstart.infra.template.node import Document, Node, error_at

_KEY, _VALUE, _SECTION = "ParameterKey", "ParameterValue", "Parameters"


def read(path: Path) -> dict[str, Any]:
    """The value of each parameter in a JSON or YAML file.

    It is a mapping of names; the same in ``Parameters``, as CodePipeline takes it; or a list of ``ParameterKey`` and
    ``ParameterValue``, as the AWS CLI takes it.

    Raises:
        TemplateError: it cannot be read, or is none of these; the message begins with file and line.
    """
    document = read_document(path)
    root = document.root.get(_SECTION) or document.root
    if isinstance(root.value, list):
        return dict(_pair(document, item) for item in root.value)
    if isinstance(root.value, dict):
        return {name: _value(document, node) for name, node in root.value.items()}
    raise _wrong(document, root)


def _pair(document: Document, item: Node) -> tuple[str, Any]:
    name, value = item.get(_KEY), item.get(_VALUE)
    if name is None or value is None or not isinstance(name.value, str):
        raise _wrong(document, item)
    return name.value, _value(document, value)


def _value(document: Document, node: Node) -> Any:
    items = node.value if isinstance(node.value, list) else [node]
    if any(item.value is None or isinstance(item.value, dict | list) for item in items):
        raise _wrong(document, node)
    return node.plain()


def _wrong(document: Document, node: Node) -> TemplateError:
    return error_at(
        document.place(node),
        f"no parameters; needed: a mapping of names to values, or a list of {_KEY} and {_VALUE}",
        hint='{"Stage": "prod"}',
    )
