"""Walks through the values of a resource: computes what functions stand for, and notes places and references."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec

from headstart.errors import TemplateError
from headstart.infra.template.node import Node
from headstart.infra.template.parameters import Values
from headstart.infra.template.sections import LANGUAGE_EXTENSIONS, LOOP, Template, nearest
from headstart.infra.template.symbols import ABSENT, opaque, references
from headstart.model.infrastructure import Place, Step, Symbolic

Path = tuple[Step, ...] | None

_REFERENCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html"
_DYNAMIC = "{{resolve:"
_TRANSFORM = "Fn::Transform"


class Names(Protocol):
    """What names mean where a value stands: see ``headstart.infra.template.scope.Scope``."""

    template: Template
    values: Values
    prefix: str

    @property
    def imports(self) -> Mapping[str, Any]:
        """The value of each export that is known."""

    def condition(self, name: str, *, at: Node) -> bool | None:
        """Whether a condition holds."""

    def reference(self, logical_id: str, attribute: str, *, at: Node) -> Any:
        """What Ref or GetAtt of a resource returns."""

    def is_made_elsewhere(self, logical_id: str) -> bool:
        """Whether it may name a resource that a module or a loop makes."""

    def words(self) -> set[str]:
        """The references that are plain names."""

    def doubt(self, node: Node, what: str, *, subject: str = "") -> None:
        """List what is not understood."""


class Functions(msgspec.Struct, frozen=True):
    """The intrinsic functions by their names: those that have a value, and those that are conditions."""

    values: "Mapping[str, Callable[[Resolver, Node], Any]]"
    conditions: "Mapping[str, Callable[[Resolver, Node], bool | None]]"


class Resolver:
    """Resolves the values of one resource: notes where each property stands and which resources it reaches."""

    def __init__(self, scope: Names, functions: Functions, *, subject: str) -> None:
        self.scope = scope
        self._functions = functions
        self.subject = subject
        self.places: dict[tuple[Step, ...], Place] = {}
        self.reached: dict[str, None] = {}

    def value(self, node: Node, path: Path = None) -> Any:
        """The node's value, its functions computed; ``ABSENT`` for AWS::NoValue.

        What is at ``path`` of the properties is noted with its place; None for what is no property itself.

        Raises:
            TemplateError: a function that CloudFormation does not have, or one used wrongly.
        """
        value = node.value
        if isinstance(value, dict):
            name = _function(value)
            return self._call(name, value[name], path=path) if name else self._mapping(value, path)
        if isinstance(value, list):
            return self._list(value, path)
        if isinstance(value, str) and _DYNAMIC in value:
            return Symbolic(value)
        return value

    def condition(self, node: Node) -> bool | None:
        """Whether the condition in a node holds; None when only a deployment knows.

        Raises:
            TemplateError: it is no condition.
        """
        value = node.value
        if not isinstance(value, dict) or len(value) != 1:
            raise self.error(node, "not a condition", hint="use Fn::Equals, Fn::And, Fn::Or, Fn::Not or Condition")
        name, argument = next(iter(value.items()))
        if name == "Condition":
            return self.scope.condition(self._text(argument, "Condition"), at=argument)
        function = self._functions.conditions.get(name)
        if function is None:
            raise self.error(argument, f"{name} is no condition", hint=nearest(name, self._functions.conditions))
        return function(self, argument)

    def error(self, node: Node, message: str, *, hint: str = "") -> TemplateError:
        """An error at a node, with what it is about."""
        subject = f"{self.subject}: " if self.subject else ""
        return self.scope.template.error(node, f"{subject}{message}", hint=hint or f"see {_REFERENCE}")

    def refer(self, node: Node, logical_id: str, *, attribute: str) -> Any:
        """What Ref or GetAtt of a resource returns, noted as reached."""
        if self.scope.is_made_elsewhere(logical_id):
            return opaque(logical_id if attribute == "Ref" else f"{logical_id}.{attribute}")
        if logical_id not in self.scope.template.resources:
            known = [*self.scope.template.resources, *(self.scope.values.shown if attribute == "Ref" else ())]
            raise self.error(node, f"there is no {logical_id!r} to refer to", hint=nearest(logical_id, known))
        value = self.scope.reference(logical_id, attribute, at=node)
        self.reached[self.scope.prefix + logical_id] = None
        if attribute.startswith("Outputs."):
            self.reached.update(dict.fromkeys(references(value)))
        return value

    def ref(self, node: Node, name: str) -> Any:
        """What Ref of a parameter, pseudo parameter or resource returns."""
        if name == "AWS::NoValue":
            return ABSENT
        if name not in self.scope.values.shown:
            return self.refer(node, name, attribute="Ref")
        value = self.scope.values.shown[name]
        self.reached.update(dict.fromkeys(references(value)))
        return value

    def items(self, node: Node, function: str, *, least: int, most: int) -> list[Node]:
        """The arguments of a function that takes a list of them."""
        value = node.value
        if not isinstance(value, list) or not least <= len(value) <= most:
            many = f"{least}" if least == most else f"{least} to {most}"
            raise self.error(node, f"{function} takes a list of {many} values")
        return value

    def _mapping(self, value: "dict[str, Node]", path: Path) -> dict[str, Any]:
        resolved = {}
        for key, node in value.items():
            here = None if path is None else (*path, key)
            item = self._beside(key, node) if key.startswith("Fn::") else self.value(node, here)
            if item is not ABSENT:
                self._note(here, node)
                resolved[key] = item
        return resolved

    def _beside(self, key: str, node: Node) -> Any:
        """What a function gives that stands beside other keys, as only Fn::Transform may: nothing that is known."""
        if self._is_left(key):
            self.scope.doubt(node, "a loop over what only a deployment knows", subject=self.subject)
            return ABSENT
        if key != _TRANSFORM:
            raise self.error(node, f"{key} stands beside other keys", hint="it is to be the only key of its mapping")
        self._functions.values[_TRANSFORM](self, node)
        return ABSENT

    def _list(self, value: list[Node], path: Path) -> list[Any]:
        resolved: list[Any] = []
        for node in value:
            here = None if path is None else (*path, len(resolved))
            item = self.value(node, here)
            if item is not ABSENT:
                self._note(here, node)
                resolved.append(item)
        return resolved

    def _note(self, path: Path, node: Node) -> None:
        if path is not None:
            self.places[path] = self.scope.template.document.place(node)

    def _call(self, name: str, argument: Node, *, path: Path) -> Any:
        if name == "Fn::If":
            return self._if(argument, path)
        if self._is_left(name):
            self._beside(name, argument)
            return opaque(name)
        function = self._functions.values.get(name)
        if function is None:
            raise self._unknown(argument, name)
        return function(self, argument)

    def _is_left(self, name: str) -> bool:
        """Whether it is a loop that could not be unrolled."""
        return name.startswith(LOOP) and LANGUAGE_EXTENSIONS in self.scope.template.transforms

    def _unknown(self, node: Node, name: str) -> TemplateError:
        hint = nearest(name, ["Fn::If", *self._functions.values])
        if name.startswith(LOOP):
            hint = "it needs the transform: add Transform: AWS::LanguageExtensions at the top"
        return self.error(node, f"{name} is no intrinsic function of CloudFormation", hint=hint)

    def _if(self, node: Node, path: Path) -> Any:
        condition, then, otherwise = self.items(node, "Fn::If", least=3, most=3)
        name = self._text(condition, "Fn::If")
        held = self.scope.condition(name, at=condition)
        if held is not None:
            return self.value(then if held else otherwise, path)
        self.scope.doubt(condition, f"Fn::If: condition {name} is known only after deployment", subject=self.subject)
        branches = [self.value(then, path), self.value(otherwise, path)]
        return branches[0] if branches[0] == branches[1] else opaque(f"Fn::If {name}", *branches)

    def _text(self, node: Node, function: str) -> str:
        if not isinstance(node.value, str):
            raise self.error(node, f"{function} needs a name", hint="write it in quotes")
        return node.value


def _function(value: "dict[str, Node]") -> str:
    """The intrinsic function that a mapping is; empty for an ordinary mapping."""
    if len(value) != 1:
        return ""
    name = next(iter(value))
    return name if name == "Ref" or name.startswith("Fn::") else ""
