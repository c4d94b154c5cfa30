"""CloudFormation's intrinsic functions, computed as far as a template alone allows."""

import base64
import json
import re
from collections.abc import Callable
from typing import Any

from headstart.infra.template.node import Node
from headstart.infra.template.resolver import Functions, Resolver
from headstart.infra.template.sections import LANGUAGE_EXTENSIONS, nearest
from headstart.infra.template.symbols import as_text, is_known, join, opaque, references, split
from headstart.model.infrastructure import Symbolic

_VARIABLE = re.compile(r"\$\{([^${}]*)\}")
_DYNAMIC = "{{resolve:"


def _ref(resolver: Resolver, node: Node) -> Any:
    name = resolver.value(node) if LANGUAGE_EXTENSIONS in resolver.scope.template.transforms else node.value
    if isinstance(name, Symbolic):
        return opaque("Ref", name)
    if not isinstance(name, str):
        raise resolver.error(
            node, "Ref needs a name", hint="of a parameter or resource, in quotes where YAML means something else"
        )
    return resolver.ref(node, name)


def _get_att(resolver: Resolver, node: Node) -> Any:
    if isinstance(node.value, str):
        logical_id, _, attribute = node.value.partition(".")
    else:
        first, *rest = resolver.items(node, "Fn::GetAtt", least=2, most=9)
        logical_id = as_text(resolver.value(first))
        attribute = ".".join(as_text(resolver.value(item)) for item in rest)
    if not attribute:
        raise resolver.error(node, f"Fn::GetAtt of {logical_id} needs an attribute", hint=f"e.g. {logical_id}.Arn")
    return resolver.refer(node, logical_id, attribute=attribute)


def _sub(resolver: Resolver, node: Node) -> Any:
    own: dict[str, Any] = {}
    template = node
    if isinstance(node.value, list):
        template, names = resolver.items(node, "Fn::Sub", least=2, most=2)
        if not isinstance(names.value, dict):
            raise resolver.error(names, "Fn::Sub takes a text and a mapping of names")
        own = {name: resolver.value(item) for name, item in names.value.items()}
    if template.get("Fn::Transform") is not None:
        return opaque("Fn::Sub", resolver.value(template))
    if not isinstance(template.value, str):
        raise resolver.error(template, "Fn::Sub takes a text")
    parts: list[Any] = []
    for index, piece in enumerate(_VARIABLE.split(template.value)):
        parts.append(_variable(resolver, template, name=piece, own=own) if index % 2 else _literal(piece))
    return join(parts)


def _literal(piece: str) -> Any:
    return Symbolic(piece) if _DYNAMIC in piece else piece


def _variable(resolver: Resolver, node: Node, *, name: str, own: dict[str, Any]) -> Any:
    if name.startswith("!"):
        return f"${{{name[1:]}}}"
    name = name.strip()
    if name in own:
        return own[name]
    logical_id, _, attribute = name.partition(".")
    return resolver.refer(node, logical_id, attribute=attribute) if attribute else resolver.ref(node, name)


def _join(resolver: Resolver, node: Node) -> Any:
    delimiter, items = resolver.items(node, "Fn::Join", least=2, most=2)
    between, parts = resolver.value(delimiter), resolver.value(items)
    if isinstance(parts, Symbolic):
        return opaque("Fn::Join", parts)
    if not isinstance(parts, list) or not isinstance(between, str):
        raise resolver.error(node, "Fn::Join takes a delimiter and a list")
    return join(parts, between)


def _split(resolver: Resolver, node: Node) -> Any:
    delimiter, text = resolver.items(node, "Fn::Split", least=2, most=2)
    between, value = resolver.value(delimiter), resolver.value(text)
    if not isinstance(between, str) or not between:
        raise resolver.error(delimiter, "Fn::Split needs a delimiter")
    if isinstance(value, Symbolic):
        pieces = split(value, between, words=resolver.scope.words())
        return opaque("Fn::Split", value) if pieces is None else pieces
    return as_text(value).split(between)


def _select(resolver: Resolver, node: Node) -> Any:
    index_node, items_node = resolver.items(node, "Fn::Select", least=2, most=2)
    index, items = resolver.value(index_node), resolver.value(items_node)
    if isinstance(items, Symbolic) or isinstance(index, Symbolic):
        return opaque("Fn::Select", items)
    if not isinstance(items, list):
        raise resolver.error(items_node, "Fn::Select takes an index and a list")
    if not str(index).isdecimal() or int(index) >= len(items):
        raise resolver.error(index_node, f"Fn::Select of item {as_text(index)}; allowed: 0 to {len(items) - 1}")
    return items[int(index)]


def _find_in_map(resolver: Resolver, node: Node) -> Any:
    items = resolver.items(node, "Fn::FindInMap", least=3, most=4)
    keys = [resolver.value(item) for item in items[:3]]
    default = items[3].get("DefaultValue") if len(items) == 4 else None
    if not is_known(keys):
        return opaque("Fn::FindInMap", *keys)
    found: Node | None = Node(dict(resolver.scope.template.mappings))
    for depth, key in enumerate(keys):
        inner = found.get(as_text(key)) if found else None
        if inner is None and default is not None:
            return resolver.value(default)
        if inner is None:
            raise resolver.error(
                items[depth],
                f"Fn::FindInMap: there is no {as_text(key)!r}",
                hint=nearest(as_text(key), found.value if found and isinstance(found.value, dict) else ()),
            )
        found = inner
    assert found is not None
    return resolver.value(found)


def _import_value(resolver: Resolver, node: Node) -> Any:
    name = resolver.value(node)
    imports = resolver.scope.imports
    if str(name) in imports:
        return imports[str(name)]
    return opaque(f"Fn::ImportValue {as_text(name)}", name)


def _encoded(resolver: Resolver, node: Node) -> Any:
    value = resolver.value(node)
    if not is_known(value) or not isinstance(value, str):
        return opaque("Fn::Base64", value)
    return base64.b64encode(value.encode("utf-8", "surrogatepass")).decode()


def _length(resolver: Resolver, node: Node) -> Any:
    value = resolver.value(node)
    return len(value) if isinstance(value, list) else opaque("Fn::Length", value)


def _to_json_string(resolver: Resolver, node: Node) -> Any:
    value = resolver.value(node)
    text = json.dumps(value, default=str, separators=(",", ":"))
    return text if is_known(value) else Symbolic(text, references(value))


def _unknown_until_deployed(name: str) -> Callable[[Resolver, Node], Any]:
    return lambda resolver, node: opaque(name, resolver.value(node))


def _transform(resolver: Resolver, node: Node) -> Any:
    name = node.get("Name")
    what = name.value if name and isinstance(name.value, str) else "a macro"
    resolver.scope.doubt(node, f"Fn::Transform by {what}, which only a deployment runs", subject=resolver.subject)
    return opaque("Fn::Transform")


def _equals(resolver: Resolver, node: Node) -> bool | None:
    left, right = (_compared(resolver, item) for item in resolver.items(node, "Fn::Equals", least=2, most=2))
    if is_known([left, right]):
        return as_text(left) == as_text(right) if not isinstance(left, dict | list) else left == right
    is_same = left == right and "${Fn::" not in str(left)
    return True if is_same else None


def _compared(resolver: Resolver, node: Node) -> Any:
    """The value of a side of Fn::Equals: here, and only here, a parameter with NoEcho has its true one."""
    reference = node.get("Ref")
    secret = resolver.scope.values.secret.get(str(reference.value)) if reference else None
    return resolver.value(node) if secret is None else secret


def _all_or_any(function: str, decisive: bool) -> Callable[[Resolver, Node], bool | None]:
    def decide(resolver: Resolver, node: Node) -> bool | None:
        held = [resolver.condition(item) for item in resolver.items(node, function, least=1, most=100)]
        return decisive if decisive in held else None if None in held else not decisive

    return decide


def _not(resolver: Resolver, node: Node) -> bool | None:
    held = resolver.condition(resolver.items(node, "Fn::Not", least=1, most=1)[0])
    return None if held is None else not held


FUNCTIONS = Functions(
    {
        "Ref": _ref,
        "Fn::GetAtt": _get_att,
        "Fn::Sub": _sub,
        "Fn::Join": _join,
        "Fn::Split": _split,
        "Fn::Select": _select,
        "Fn::FindInMap": _find_in_map,
        "Fn::ImportValue": _import_value,
        "Fn::Base64": _encoded,
        "Fn::Length": _length,
        "Fn::ToJsonString": _to_json_string,
        "Fn::Transform": _transform,
        "Fn::GetAZs": _unknown_until_deployed("Fn::GetAZs"),
        "Fn::Cidr": _unknown_until_deployed("Fn::Cidr"),
        "Fn::GetStackOutput": _unknown_until_deployed("Fn::GetStackOutput"),
    },
    {
        "Fn::Equals": _equals,
        "Fn::And": _all_or_any("Fn::And", decisive=False),
        "Fn::Or": _all_or_any("Fn::Or", decisive=True),
        "Fn::Not": _not,
    },
)
