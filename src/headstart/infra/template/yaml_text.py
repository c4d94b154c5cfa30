"""YAML with the place of every key and item, and CloudFormation's short forms (``!Ref``) as their long ones."""

import re
from collections.abc import Iterator
from typing import Any

from headstart.errors import TemplateError
from headstart.infra.template.node import DEPTH_MAX, Node, Scalar, error_at, well_formed
from headstart.model.infrastructure import Place

SHORT_FORMS = {
    "Base64", "Cidr", "FindInMap", "GetAtt", "GetAZs", "If", "ImportValue", "Join", "Length", "Select", "Split", "Sub",
    "ToJsonString", "Transform", "And", "Equals", "Not", "Or", "GetStackOutput",
    # Of Rules only.
    "Contains", "EachMemberEquals", "EachMemberIn", "RefAll", "ValueOf", "ValueOfAll",
}  # fmt: skip
_LONG = {name: f"Fn::{name}" for name in SHORT_FORMS} | {"Ref": "Ref", "Condition": "Condition"}

# YAML 1.1's own scalars, as CloudFormation reads them; dates stay text.
_BOOL = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_NULL = {"", "~", "null", "Null", "NULL"}
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9_]{0,300})")
_OCTAL = re.compile(r"[-+]?0[0-7_]{1,60}")
_HEX = re.compile(r"[-+]?0x[0-9a-fA-F_]{1,60}")
_FLOAT = re.compile(r"[-+]?(?:[0-9][0-9_]{0,300}\.[0-9_]{0,300}|\.[0-9_]{1,300})(?:[eE][-+]?[0-9]{1,4})?")
_INFINITE = re.compile(r"([-+]?)\.(?:inf|Inf|INF)")

_NODES_MAX = 500_000


def parse_yaml(text: str, *, file: str) -> Node:
    """The tree of the one document in ``text``.

    Raises:
        TemplateError: not YAML, several documents, a key twice, an unknown tag, aliases that expand without end, or
            nested more than ``DEPTH_MAX`` deep.
    """
    from ruamel.yaml import YAML  # noqa: PLC0415
    from ruamel.yaml.error import MarkedYAMLError, YAMLError  # noqa: PLC0415

    try:
        return _Composer(YAML(typ="safe", pure=True).parse(text), file).document()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
        what = ", ".join(part for part in (error.context, error.problem) if part)
        raise error_at(place, f"not YAML: {' '.join(what.split())}", hint=_hint(text, place.line)) from error
    except YAMLError as error:
        raise error_at(
            Place(file, _line_in(text, error)), f"not YAML: {' '.join(str(error).split())[:200]}", hint="remove it"
        ) from error


def _hint(text: str, line: int) -> str:
    lines = text.split("\n")
    here = lines[line - 1] if 0 < line <= len(lines) else ""
    if "\t" in here[: len(here) - len(here.lstrip())] or here.lstrip(" ").startswith("\t"):
        return "indent with spaces, not with tabs"
    return "look at that line and the one above: indentation, quotes, and a colon with a space after each key"


def _line_in(text: str, error: Any) -> int:
    position = getattr(error, "position", None)
    return text.count("\n", 0, position) + 1 if isinstance(position, int) else 0


class _Composer:
    """Makes nodes of ruamel's events."""

    def __init__(self, events: Iterator[Any], file: str) -> None:
        self._events = events
        self._file = file
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._count = 0

    def document(self) -> Node:
        """The first document; a second one is refused."""
        root = Node(None, 1, 1)
        documents = 0
        for event in self._events:
            name = type(event).__name__
            if name == "DocumentStartEvent":
                documents += 1
                if documents > 1:
                    raise self._error(
                        event,
                        "a second YAML document; allowed: one template in a file",
                        hint="split the file at its ---",
                    )
            elif name not in ("StreamStartEvent", "StreamEndEvent", "DocumentEndEvent", "CommentEvent"):
                root = self._node(event, 0)
        return root

    def _node(self, event: Any, depth: int) -> Node:
        name = type(event).__name__
        if name == "AliasEvent":
            return self._alias(event)
        if depth > DEPTH_MAX:
            raise self._error(event, f"nested more than {DEPTH_MAX} deep", hint="is this a template? give its file")
        before = self._count
        self._count += 1
        mark = event.start_mark
        node = Node(None, mark.line + 1, mark.column + 1)
        if name == "ScalarEvent":
            node.value = self._scalar(event)
        elif name == "SequenceStartEvent":
            node.value = self._items(depth + 1)
        else:
            node.value = self._members(depth + 1)
        self._apply_tag(event, node)
        if event.anchor:
            self._anchors[event.anchor] = node, self._count - before
        return node

    def _alias(self, event: Any) -> Node:
        if event.anchor not in self._anchors:
            raise self._error(event, f"*{event.anchor} has no &{event.anchor} before it", hint="quote it if it is text")
        node, count = self._anchors[event.anchor]
        self._count += count
        if self._count > _NODES_MAX:
            raise self._error(event, f"its aliases expand to more than {_NODES_MAX:,} values", hint="write them out")
        return Node(node.value, event.start_mark.line + 1, event.start_mark.column + 1)

    def _items(self, depth: int) -> list[Node]:
        items = []
        while type(event := next(self._events)).__name__ != "SequenceEndEvent":
            items.append(self._node(event, depth))
        return items

    def _members(self, depth: int) -> "dict[str, Node]":
        members: dict[str, Node] = {}
        merged: dict[str, Node] = {}
        while type(event := next(self._events)).__name__ != "MappingEndEvent":
            key = self._key(event, depth)
            node = self._node(next(self._events), depth)
            if key == "<<" and not event.style:
                merged = self._merge(event, node) | merged
                continue
            if key in members:
                raise self._error(
                    event,
                    f"{key} is here twice, first on line {members[key].line}",
                    hint="keep one of them, or rename one",
                )
            node = Node(node.value, event.start_mark.line + 1, event.start_mark.column + 1)
            members[key] = node
        return merged | members if merged else members

    def _merge(self, event: Any, node: Node) -> "dict[str, Node]":
        merged: dict[str, Node] = {}
        for source in reversed(node.value if isinstance(node.value, list) else [node]):
            if not isinstance(source.value, dict):
                raise self._error(event, "<< merges a mapping or a list of mappings", hint="e.g. <<: *defaults")
            merged |= source.value
        return merged

    def _key(self, event: Any, depth: int) -> str:
        if type(event).__name__ == "AliasEvent":
            value = self._alias(event).value
        elif type(event).__name__ == "ScalarEvent":
            self._count += 1
            return well_formed(event.value)
        else:
            value = self._node(event, depth).value
        if not isinstance(value, str):
            raise self._error(event, "a key that is not text", hint="a key is text, a colon and a space")
        return value

    def _scalar(self, event: Any) -> Scalar:
        is_plain = event.implicit[0] and not event.style
        return plain_scalar(event.value) if is_plain else well_formed(event.value)

    def _apply_tag(self, event: Any, node: Node) -> None:
        tag = str(event.tag) if event.tag else ""
        if not tag.startswith("!") or tag == "!":
            if tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool"):
                node.value = plain_scalar(str(event.value)) if isinstance(node.value, str) else node.value
            return
        long_form = _LONG.get(tag[1:])
        if not long_form:
            raise self._unknown_tag(event, tag)
        if long_form == "Fn::GetAtt" and isinstance(node.value, str):
            resource, _, attribute = node.value.partition(".")
            node.value = [Node(resource, node.line, node.column), Node(attribute, node.line, node.column)]
        node.value = {long_form: Node(node.value, node.line, node.column)}

    def _unknown_tag(self, event: Any, tag: str) -> TemplateError:
        import difflib  # noqa: PLC0415

        near = difflib.get_close_matches(tag[1:], _LONG, n=1)
        hint = f"did you mean !{near[0]}?" if near else f"known: {', '.join(f'!{name}' for name in sorted(_LONG))}"
        return self._error(event, f"{tag} is no intrinsic function of CloudFormation", hint=hint)

    def _error(self, event: Any, message: str, *, hint: str = "") -> TemplateError:
        mark = event.start_mark
        return error_at(Place(self._file, mark.line + 1, mark.column + 1), message, hint=hint)


def plain_scalar(text: str) -> Scalar:
    """What an unquoted scalar means in YAML 1.1: a bool, null, number, or the text itself."""
    if text in _NULL:
        return None
    if text.lower() in _BOOL and (text.islower() or text.isupper() or text.istitle()):
        return _BOOL[text.lower()]
    if not text[0].isdigit() and text[0] not in "+-.":
        return text
    return _number(text)


def _number(text: str) -> Scalar:
    digits = text.replace("_", "")
    if _INT.fullmatch(text):
        return int(digits)
    if _OCTAL.fullmatch(text) and digits.lstrip("+-").strip("0"):
        return int(digits, 8)
    if _HEX.fullmatch(text) and not digits.lower().endswith("x"):
        return int(digits, 16)
    if _FLOAT.fullmatch(text) and digits.strip("+-."):
        return float(digits)
    if found := _INFINITE.fullmatch(text):
        return float(f"{found[1]}inf")
    return text
