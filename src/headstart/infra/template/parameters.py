"""The values of a template's parameters: given ones checked, defaults, and symbols for what nobody said."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from headstart.errors import TemplateError
from headstart.infra.template.node import Node
from headstart.infra.template.options import ReadOptions
from headstart.infra.template.sections import Template, nearest
from headstart.infra.template.symbols import as_text
from headstart.model.infrastructure import Symbolic

_SHOWN_CHARACTERS = 60


def require_known(template: Template, given: Mapping[str, Any]) -> None:
    """Refuse parameters that the template does not have.

    Raises:
        TemplateError: one of ``given`` is unknown.
    """
    for name in given:
        if name not in template.parameters:
            raise TemplateError(
                f"{template.document.file}: it has no parameter {name}", hint=nearest(name, template.parameters)
            )


class Values(msgspec.Struct, frozen=True):
    """The value of each parameter as it may be shown, and the true one of those with NoEcho, for conditions only."""

    shown: Mapping[str, Any]
    secret: Mapping[str, Any] = {}


def values(template: Template, given: Mapping[str, Any], *, prefix: str) -> Values:
    """The value of each parameter: text, a number, a list, or symbolic.

    One without a value, one whose type names an SSM parameter, and one with NoEcho are symbolic: ``${Name}``, with the
    nested stack's ``prefix``.

    Raises:
        TemplateError: a value is none of those that are allowed, or no number where one is needed.
    """
    checked = {name: _value(template, name, given=given.get(name)) for name in template.parameters}
    secret = {name for name, node in template.parameters.items() if _is_secret(node)}
    symbols = {name: Symbolic(f"${{{prefix}{name}}}") for name in template.parameters}
    return Values(
        {name: symbols[name] if value is None or name in secret else value for name, value in checked.items()},
        {name: checked[name] for name in secret},
    )


def pseudo_parameters(options: ReadOptions) -> dict[str, Any]:
    """What ``AWS::Region`` and its like are; ``AWS::NoValue`` is none of them."""
    names = ("AccountId", "NotificationARNs", "Partition", "Region", "StackId", "StackName", "URLSuffix")
    known: dict[str, Any] = {f"AWS::{name}": Symbolic(f"${{AWS::{name}}}") for name in names}
    if options.account_id:
        known["AWS::AccountId"] = options.account_id
    if options.region:
        partition = _partition(options.region)
        suffix = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
        known |= {"AWS::Region": options.region, "AWS::Partition": partition, "AWS::URLSuffix": suffix}
    return known


def _partition(region: str) -> str:
    prefixes = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
    return next((partition for prefix, partition in prefixes.items() if region.startswith(prefix)), "aws")


def _value(template: Template, name: str, *, given: Any) -> Any:
    node = template.parameters[name]
    kind = _said(node, "Type")
    if given is not None:
        _check(template, name, given=given)
    value = given if given is not None else _said(node, "Default")
    return None if str(kind).startswith("AWS::SSM::Parameter") else _typed(value, str(kind))


def _is_secret(node: Node) -> bool:
    return as_text(_said(node, "NoEcho")).lower() == "true"


def _typed(value: Any, kind: str) -> Any:
    """A parameter's value by its type: a number of type Number, a list of a list type, text otherwise."""
    if value is None or isinstance(value, Symbolic):
        return value
    if "List" in kind:
        items = value if isinstance(value, list) else [part.strip() for part in as_text(value).split(",")]
        return [_number(item) if kind == "List<Number>" else item for item in items]
    if isinstance(value, dict | list):
        return value
    return _number(value) if kind == "Number" else as_text(value)


def _number(value: Any) -> Any:
    """CloudFormation keeps a number as it was written: text that is none is left for who reads it."""
    if isinstance(value, str) and re.fullmatch(r"\s*[-+]?[0-9]{1,15}\s*", value):
        return int(value)
    if isinstance(value, str) and re.fullmatch(r"\s*[-+]?[0-9]{0,15}\.[0-9]{1,15}\s*", value):
        return float(value)
    return value


def _check(template: Template, name: str, *, given: Any) -> None:
    node = template.parameters[name]
    kind = str(_said(node, "Type"))
    if isinstance(given, Symbolic | list):
        return
    for text in [part.strip() for part in as_text(given).split(",")] if "List" in kind else [as_text(given)]:
        if kind.endswith("Number") or kind == "List<Number>":
            _require_number(template, name, text=text)
        _require_allowed(template, name, text=text)


def _require_number(template: Template, name: str, *, text: str) -> None:
    if not re.fullmatch(r"\s*[-+]?[0-9]*\.?[0-9]+\s*", text):
        node = template.parameters[name]
        raise template.error(
            node, f"parameter {name} is {_shown(node, text)}; allowed: a number", hint=f"give {name}=1"
        )


def _require_allowed(template: Template, name: str, *, text: str) -> None:
    node = template.parameters[name]
    allowed = node.get("AllowedValues")
    texts = [as_text(item.plain()) for item in allowed.value] if allowed and isinstance(allowed.value, list) else []
    if texts and text not in texts:
        listed = "one of its AllowedValues" if _is_secret(node) else ", ".join(texts)
        raise template.error(
            allowed or node,
            f"parameter {name} is {_shown(node, text)}; allowed: {listed}",
            hint="give one of them" if _is_secret(node) else f"give one of them: {name}={texts[0]}",
        )


def _shown(node: Node, text: str) -> str:
    return "what NoEcho hides" if _is_secret(node) else repr(text[:_SHOWN_CHARACTERS])


def _said(node: Node, key: str) -> Any:
    found = node.get(key)
    return found.plain() if found else None
