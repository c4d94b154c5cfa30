"""Finds the circles in what resources need of each other."""

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from headstart.infra.template.node import error_at
from headstart.model.infrastructure import Resource


def require_no_circle(resources: Mapping[str, Resource]) -> None:
    """Refuse resources that need each other.

    Raises:
        TemplateError: by Ref, GetAtt, Sub or DependsOn; the message shows the circle.
    """
    needs = {resource.id: resource.refers_to | resource.depends_on for resource in resources.values()}
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        circle: list[str] = list(reversed(error.args[1]))
        raise error_at(
            resources[circle[0]].place,
            f"resources need each other in a circle: {' -> '.join(circle)}",
            hint="take one of these Ref, GetAtt, Sub or DependsOn away, e.g. by giving a resource its name",
        ) from error
