"""What the names in one template mean: its parameters, conditions, mappings, resources and nested stacks."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from headstart.infra.template import intrinsics, references
from headstart.infra.template.assembly import Assets
from headstart.infra.template.node import Node
from headstart.infra.template.parameters import Values
from headstart.infra.template.resolver import Resolver
from headstart.infra.template.sections import LOOP, Template, nearest
from headstart.infra.template.symbols import ABSENT
from headstart.model.infrastructure import NotUnderstood

MODULE = "::MODULE"

_OUTPUTS = "Outputs."


class Shared(msgspec.Struct, frozen=True):
    """What the scopes of one reading have in common; ``open_nested`` opens the template of a nested stack."""

    imports: Mapping[str, Any]
    assets: Assets
    not_understood: list[NotUnderstood]
    open_nested: "Callable[[Scope, str], Scope | None]"


class Scope:
    """One template with the values of its parameters. ``prefix`` is ``Nested.`` in a nested stack, else empty."""

    def __init__(self, template: Template, values: Values, *, shared: Shared, prefix: str = "") -> None:
        self.template = template
        self.values = values
        self.shared = shared
        self.prefix = prefix
        self._conditions: dict[str, bool | None] = {}
        self._nested: dict[str, Scope | None] = {}
        self._open: list[str] = []
        self._words: set[str] | None = None

    @property
    def imports(self) -> Mapping[str, Any]:
        """The value of each export that is known."""
        return self.shared.imports

    def resolver(self, subject: str) -> Resolver:
        """What resolves the values of one resource, condition or output."""
        return Resolver(self, intrinsics.FUNCTIONS, subject=subject)

    def doubt(self, node: Node, what: str, *, subject: str = "") -> None:
        """List what is not understood, once."""
        doubt = NotUnderstood(id=self.prefix + subject, what=what, place=self.template.document.place(node))
        if doubt not in self.shared.not_understood:
            self.shared.not_understood.append(doubt)

    def condition(self, name: str, *, at: Node) -> bool | None:
        """Whether a condition holds; None when only a deployment knows.

        Raises:
            TemplateError: there is no such condition, or it needs itself.
        """
        if name in self._conditions:
            return self._conditions[name]
        node = self.template.conditions.get(name)
        if node is None:
            raise self.template.error(
                at, f"there is no condition {name!r}", hint=nearest(name, self.template.conditions)
            )
        if name in self._open:
            circle = " -> ".join([*self._open[self._open.index(name) :], name])
            raise self.template.error(
                node, f"conditions need each other in a circle: {circle}", hint="take one of these out"
            )
        self._open.append(name)
        self._conditions[name] = held = self.resolver(name).condition(node)
        self._open.pop()
        return held

    def type_of(self, logical_id: str) -> str:
        """The type of a resource of this template; empty when there is none."""
        node = self.template.resources.get(logical_id)
        type_node = node.get("Type") if node else None
        return str(type_node.value) if type_node else ""

    def is_made_elsewhere(self, logical_id: str) -> bool:
        """Whether it may name what a module makes (``Module.Bucket``, ``ModuleBucket``), or a loop not unrolled."""
        resources = self.template.resources
        if logical_id in resources:
            return self.type_of(logical_id).endswith(MODULE)
        return any(
            name.startswith(LOOP) or (logical_id.startswith(name) and self.type_of(name).endswith(MODULE))
            for name in resources
        )

    def nested(self, logical_id: str) -> "Scope | None":
        """The template of a nested stack; None when it is not on this machine.

        Raises:
            TemplateError: it cannot be read, or needs itself.
        """
        if logical_id not in self._nested:
            mark = f"{self.prefix}{logical_id}"
            if mark in self._open:
                raise self.template.error(
                    self.template.resources[logical_id],
                    f"nested stacks need each other in a circle: {' -> '.join([*self._open, mark])}",
                    hint="take one of their parameters out",
                )
            self._open.append(mark)
            self._nested[logical_id] = self.shared.open_nested(self, logical_id)
            self._open.pop()
        return self._nested[logical_id]

    def reference(self, logical_id: str, attribute: str, *, at: Node) -> Any:
        """What Ref or GetAtt of a resource of this template returns.

        Raises:
            TemplateError: an output that a nested stack does not have.
        """
        if attribute.startswith(_OUTPUTS) and (nested := self.nested(logical_id)):
            name = attribute.removeprefix(_OUTPUTS)
            if name not in nested.template.outputs:
                raise self.template.error(
                    at, f"{logical_id} has no output {name!r}", hint=nearest(name, nested.template.outputs)
                )
            return nested.output(name)
        return references.symbol(
            self.prefix + logical_id,
            self.type_of(logical_id),
            attribute=attribute,
            property_of=lambda name: self._property(logical_id, name),
            known=self.values.shown,
        )

    def output(self, name: str) -> Any:
        """The value of an output; None where it has none.

        Raises:
            TemplateError: it cannot be resolved.
        """
        value = self.template.outputs[name].get("Value")
        return self._guarded(value, f"{_OUTPUTS}{name}", subject=name)

    def words(self) -> set[str]:
        """The references of this template that are plain names: what Split may cut around."""
        if self._words is None:
            self._words = {
                self.prefix + logical_id
                for logical_id in self.template.resources
                if references.is_named_by_ref(self.type_of(logical_id))
            }
        return self._words

    def _property(self, logical_id: str, name: str) -> Any:
        """A property of a resource that a reference needs; None when it is missing or needs the resource itself."""
        properties = self.template.resources[logical_id].get("Properties")
        return self._guarded(properties and properties.get(name), f"{logical_id}.{name}", subject=logical_id)

    def _guarded(self, node: Node | None, mark: str, *, subject: str) -> Any:
        """The value of a node; None where there is none, or while it is being resolved."""
        if node is None or mark in self._open:
            return None
        self._open.append(mark)
        value = self.resolver(subject).value(node)
        self._open.pop()
        return None if value is ABSENT else value
