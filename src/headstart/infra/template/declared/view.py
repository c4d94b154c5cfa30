"""What the views of one template share: its resources, their references, and the doubts that reading them raises."""

from collections.abc import Iterator, Mapping

import msgspec

from headstart.infra.template.declared import references
from headstart.infra.template.declared.properties import Properties
from headstart.infra.template.declared.references import Named, References
from headstart.model.infrastructure import NotUnderstood, Resource, Step


class View(msgspec.Struct, frozen=True):
    """One template, while it is looked at."""

    resources: Mapping[str, Resource]
    references: References
    doubts: list[NotUnderstood]

    def of_type(self, *types: str) -> Iterator[Properties]:
        """The properties of each resource of these types, in the order of the template."""
        for resource in self.resources.values():
            if resource.type in types:
                yield Properties(resource, self.doubts)

    def function(self, properties: Properties, *path: Step) -> Named:
        """The function that must be named at ``path``."""
        found = self.references.named(properties.value(*path))
        if found is None:
            properties.doubt(f"{'.'.join(map(str, path))} names no function", *path)
        return found or Named("")


def of(resources: Mapping[str, Resource]) -> View:
    """The view of a template that has these resources."""
    return View(resources, references.of(resources), [])
