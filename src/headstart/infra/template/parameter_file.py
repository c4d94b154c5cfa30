"""Reads a file of parameters, in the forms that AWS's own tools take."""

from pathlib import Path
from typing import Any

from headstart.errors import TemplateError
from headstart.infra.template.document import read_document
from headstart.infra.template.node import Document, Node, error_at

_HINT = '{"Stage": "prod"} or [{"ParameterKey": "Stage", "ParameterValue": "prod"}]'


def read_parameters(path: Path) -> dict[str, Any]:
    """The values by name, from JSON or YAML: ``{"Key": "Value"}``, the same under ``Parameters`` (as CodePipeline has
    it), or a list of ``ParameterKey`` and ``ParameterValue`` (as ``aws cloudformation`` has it).

    Raises:
        TemplateError: it cannot be read, or has another form.
    """
    document = read_document(path)
    root = document.root.get("Parameters") or document.root
    if isinstance(root.value, list):
        return dict(_pair(document, item) for item in root.value)
    if isinstance(root.value, dict):
        return {name: _value(document, node, name=name) for name, node in root.value.items()}
    raise TemplateError(f"{path}: no file of parameters", hint=f"write {_HINT}")


def _pair(document: Document, item: Node) -> tuple[str, Any]:
    name, value = item.get("ParameterKey"), item.get("ParameterValue")
    if name is None or value is None or not isinstance(name.value, str):
        raise error_at(document.place(item), "not a ParameterKey with its ParameterValue", hint=f"write {_HINT}")
    return name.value, _value(document, value, name=name.value)


def _value(document: Document, node: Node, *, name: str) -> Any:
    if isinstance(node.value, dict) or node.value is None:
        raise error_at(document.place(node), f"parameter {name} is no text, number or list", hint=f"write {_HINT}")
    return node.plain()
