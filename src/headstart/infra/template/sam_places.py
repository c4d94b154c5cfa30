"""Finds where the resources that SAM generates, and their properties, were written."""

from collections.abc import Mapping
from typing import Any

from headstart.infra.template.node import Document, Node

SAM_TYPES = "AWS::Serverless::"
# What SAM calls a property that CloudFormation calls otherwise.
_WRITTEN_AS = {
    "Code": ("CodeUri", "InlineCode", "ImageUri"),
    "Content": ("ContentUri",),
    "TracingConfig": ("Tracing",),
    "DeadLetterConfig": ("DeadLetterQueue",),
    "ScheduleExpression": ("Schedule",),
    "EventSourceArn": ("Queue", "Stream"),
    "TemplateURL": ("Location",),
    "DefinitionS3Location": ("DefinitionUri",),
    "Mode": ("TracingConfig",),
}


class Places:
    """Where the parts of one SAM template stand."""

    def __init__(self, document: Document) -> None:
        self._root = document.root
        self._written = _members(document.root.get("Resources"))
        self._of_sam = [name for name, node in self._written.items() if _is_of_sam(node)]
        self._defaults = document.root.get("Globals")

    def of(self, translated: Mapping[str, Any]) -> Node:
        """The translator's output as nodes, its resources in the order of those that they were generated for."""
        root = _placed({key: value for key, value in translated.items() if key != "Resources"}, self._root)
        resources = self._root.get("Resources") or self._root
        generated = {name: self._resource(name, value) for name, value in translated["Resources"].items()}
        in_order = dict(sorted(generated.items(), key=lambda item: (item[1].line, item[1].column)))
        assert isinstance(root.value, dict)
        root.value["Resources"] = Node(in_order, resources.line, resources.column)
        return root

    def _resource(self, name: str, value: Any) -> Node:
        source = self._source(name)
        written = self._written.get(source)
        if written is None:
            return _placed(value, self._first("Events" if "Api" in name else "DeploymentPreference"))
        if _is_of_sam(written):
            return _placed(value, self._event(written, name.removeprefix(source)) or self._with_defaults(written))
        return _placed(value, written)

    def _source(self, name: str) -> str:
        """Itself where it is written, or the one of SAM for which it was generated: the longest that it begins with."""
        if name in self._written:
            return name
        return max((known for known in self._of_sam if name.startswith(known)), key=len, default="")

    def _event(self, written: Node, rest: str) -> Node | None:
        """The event of a function for which a resource was generated: its logical id begins with both their names."""
        properties = written.get("Properties")
        events = _members(properties.get("Events") if properties else None)
        named = max((name for name in events if rest.startswith(name)), key=len, default="")
        event = events.get(named)
        return event and _at_its_name(event)

    def _with_defaults(self, written: Node) -> Node:
        """A SAM resource as a node that has what Globals say too."""
        kind = _text(written.get("Type")).removeprefix(SAM_TYPES)
        defaults = _members(self._defaults.get(kind) if self._defaults else None)
        own = written.get("Properties") or Node({})
        merged = {**_members(written), "Properties": _merged(Node(dict(defaults)), own)}
        return _at_its_name(Node(merged, written.line, written.column))

    def _first(self, wanted: str) -> Node:
        """Where what belongs to no one resource stands: at the first that says what it is there for."""
        having = (
            written for written in self._written.values() if (said := written.get("Properties")) and said.get(wanted)
        )
        first = next(having, self._root.get("Resources") or self._root)
        return Node(None, first.line, first.column)


def _at_its_name(written: Node) -> Node:
    """The same with its properties as a whole at its own name: that is where what nobody wrote stands."""
    properties = Node(_members(written.get("Properties")), written.line, written.column)
    return Node({**_members(written), "Properties": properties}, written.line, written.column)


def _members(node: Node | None) -> "dict[str, Node]":
    return node.value if node and isinstance(node.value, dict) else {}


def _is_of_sam(written: Node) -> bool:
    return _text(written.get("Type")).startswith(SAM_TYPES)


def _text(node: Node | None) -> str:
    return node.value if node and isinstance(node.value, str) else ""


def _merged(default: Node, own: Node) -> Node:
    """As SAM merges Globals with a resource: mappings key by key, everything else by the resource's own."""
    if not isinstance(own.value, dict) or not isinstance(default.value, dict):
        return own
    both = {key: _merged(default.value[key], node) if key in default.value else node for key, node in own.value.items()}
    return Node({**default.value, **both}, own.line, own.column)


def _placed(value: Any, written: Node) -> Node:
    """A translated value as nodes, each at what it was written as, or at the nearest thing around."""
    if isinstance(value, dict):
        value = {str(key): _placed(item, _written_as(str(key), written)) for key, item in value.items()}
    elif isinstance(value, list):
        parts = written.value if isinstance(written.value, list) else []
        here = Node(None, written.line, written.column)
        value = [_placed(item, parts[index] if index < len(parts) else here) for index, item in enumerate(value)]
    return Node(value, written.line, written.column)


def _written_as(key: str, written: Node) -> Node:
    for name in (key, *_WRITTEN_AS.get(key, ())):
        if found := written.get(name):
            return found
    return Node(None, written.line, written.column)
