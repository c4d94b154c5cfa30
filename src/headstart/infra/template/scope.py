"""What the names in one template mean: its parameters, conditions, mappings, resources and nested stacks."""

from collections.abc import Mapping
from typing import Any

from headstart.infra.template import references
from headstart.infra.template.intrinsics import Resolver
from headstart.infra.template.node import Node
from headstart.infra.template.sections import Template, nearest
from headstart.infra.template.symbols import ABSENT
from headstart.model.infrastructure import NotUnderstood, Symbolic


class Scope:
    """One template with the values of its parameters. ``prefix`` is ``Nested.`` in a nested stack, else empty."""

    def __init__(
        self,
        template: Template,
        *,
        values: Mapping[str, Any],
        imports: Mapping[str, Any],
        not_understood: list[NotUnderstood],
        prefix: str = "",
    ) -> None:
        self.template = template
        self.values = values
        self.imports = imports
        self.not_understood = not_understood
        self.prefix = prefix
        self.nested: dict[str, Scope] = {}
        self._conditions: dict[str, bool | None] = {}
        self._open: list[str] = []

    def doubt(self, node: Node, what: str, *, subject: str = "") -> None:
        """List what is not understood, once."""
        doubt = NotUnderstood(id=subject, what=what, place=self.template.document.place(node))
        if doubt not in self.not_understood:
            self.not_understood.append(doubt)

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
            cycle = " -> ".join([*self._open[self._open.index(name) :], name])
            raise self.template.error(node, f"conditions need each other in a circle: {cycle}")
        self._open.append(name)
        self._conditions[name] = held = Resolver(self, subject=name).condition(node)
        self._open.pop()
        return held

    def type_of(self, logical_id: str) -> str:
        """The type of a resource of this template; empty when there is none."""
        node = self.template.resources.get(logical_id)
        type_node = node.get("Type") if node else None
        return str(type_node.value) if type_node else ""

    def reference(self, logical_id: str, attribute: str) -> Any:
        """What Ref or GetAtt of a resource of this template returns."""
        if logical_id in self.nested and attribute.startswith("Outputs."):
            return self.nested[logical_id].output(attribute.removeprefix("Outputs."))
        return references.symbol(
            self.prefix + logical_id,
            self.type_of(logical_id),
            attribute=attribute,
            property_of=lambda name: self._property(logical_id, name),
        )

    def output(self, name: str) -> Any:
        """The value of an output; symbolic where there is none (then who asks for it says so)."""
        node = self.template.outputs.get(name)
        value = node.get("Value") if node else None
        mark = f"Outputs.{name}"
        if value is None or mark in self._open:
            return Symbolic(f"${{{self.prefix}{mark}}}")
        self._open.append(mark)
        resolved = Resolver(self, subject=mark).value(value)
        self._open.pop()
        return resolved

    def words(self) -> set[str]:
        """The references of this template that are plain names: what Split may cut around."""
        return {
            self.prefix + logical_id
            for logical_id in self.template.resources
            if references.is_named_by_ref(self.type_of(logical_id))
        }

    def _property(self, logical_id: str, name: str) -> Any:
        """A property of a resource that a reference needs; None when it is missing or needs the resource itself."""
        properties = self.template.resources[logical_id].get("Properties")
        node = properties.get(name) if properties else None
        mark = f"{logical_id}.{name}"
        if node is None or mark in self._open:
            return None
        self._open.append(mark)
        value = Resolver(self, subject=logical_id).value(node)
        self._open.pop()
        return None if value is ABSENT else value
