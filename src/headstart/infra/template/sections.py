"""The sections of a template, checked for their shape."""

import difflib
from collections.abc import Iterable, Mapping

import msgspec

from headstart.errors import TemplateError
from headstart.infra.template.node import Document, Node, error_at
from headstart.model.infrastructure import NotUnderstood

_KNOWN = (
    "AWSTemplateFormatVersion", "Conditions", "Description", "Globals", "Mappings", "Metadata", "Outputs", "Parameters",
    "Resources", "Rules", "Transform",
)  # fmt: skip
LANGUAGE_EXTENSIONS = "AWS::LanguageExtensions"
LOOP = "Fn::ForEach::"

_TYPED = "a resource says what it is, e.g. Type: AWS::Lambda::Function"
_OF_MAPPINGS = ("Conditions", "Mappings", "Outputs", "Parameters", "Resources")


class Template(msgspec.Struct, frozen=True):
    """A document with its sections; a section that is not there is an empty mapping."""

    document: Document
    parameters: Mapping[str, Node]
    mappings: Mapping[str, Node]
    conditions: Mapping[str, Node]
    resources: Mapping[str, Node]
    outputs: Mapping[str, Node]

    def error(self, node: Node, message: str, *, hint: str = "") -> TemplateError:
        """An error at a node of this template."""
        return error_at(self.document.place(node), message, hint=hint)

    @property
    def transforms(self) -> tuple[str, ...]:
        """The names in Transform."""
        node = self.document.root.get("Transform")
        items = (node.value if isinstance(node.value, list) else [node]) if node else []
        return tuple(_transform_name(item) for item in items)


def _transform_name(node: Node) -> str:
    name = node.get("Name") or node
    return name.value if isinstance(name.value, str) else "Transform"


def sections(document: Document) -> Template:
    """The document's sections.

    Raises:
        TemplateError: it has no Resources, or a section or resource of the wrong shape.
    """
    root = document.root
    if not isinstance(root.value, dict) or "Resources" not in root.value:
        raise TemplateError(f"{document.file}: not a template: it has no Resources", hint=_hint(root))
    found = {name: _members(document, root.value[name], name=name) for name in _OF_MAPPINGS if name in root.value}
    for logical_id, resource in found["Resources"].items():
        if not logical_id.startswith("Fn::"):
            _require_type(document, resource, logical_id=logical_id)
    return Template(
        document,
        parameters=found.get("Parameters", {}),
        mappings=found.get("Mappings", {}),
        conditions=found.get("Conditions", {}),
        resources=found["Resources"],
        outputs=found.get("Outputs", {}),
    )


def unknown_sections(document: Document) -> Iterable[NotUnderstood]:
    """The top-level keys that no template has, or that this reader does not read."""
    assert isinstance(document.root.value, dict)
    for name, node in document.root.value.items():
        if name not in _KNOWN:
            yield NotUnderstood(id=name, what="a section that is not read", place=document.place(node))


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint that names what was probably meant, or what there is."""
    known = list(known)
    if near := difflib.get_close_matches(name, known, n=1):
        return f"did you mean {near[0]}?"
    more = f" and {len(known) - 10} more" if len(known) > 10 else ""
    return f"there are: {', '.join(known[:10])}{more}" if known else "there is none in this template"


def _members(document: Document, node: Node, *, name: str) -> Mapping[str, Node]:
    if node.value is None:
        return {}
    if not isinstance(node.value, dict):
        raise error_at(
            document.place(node),
            f"{name} is {_kind(node)}; needed: a mapping of names",
            hint=f"write names under {name}:",
        )
    return node.value


def _require_type(document: Document, resource: Node, *, logical_id: str) -> None:
    if not isinstance(resource.value, dict):
        raise error_at(
            document.place(resource),
            f"{logical_id} is {_kind(resource)}; needed: a resource with its Type",
            hint=_TYPED,
        )
    type_node = resource.get("Type")
    if type_node is None or not isinstance(type_node.value, str):
        raise error_at(
            document.place(type_node or resource),
            f"{logical_id} has no Type",
            hint=_TYPED,
        )


def _kind(node: Node) -> str:
    kinds = {dict: "a mapping", list: "a list", str: "text", bool: "a boolean", type(None): "empty"}
    return kinds.get(type(node.value), "a number")


def _hint(root: Node) -> str:
    if root.get("functions") is not None or root.get("service") is not None:
        return "a Serverless Framework file is no template: give what `serverless package` writes"
    return "give a CloudFormation or SAM template, or a cdk.out folder"
