"""What a template's resources are to Lambda: its functions, their scaling, alarms and event sources, as values."""

from collections.abc import Mapping, Sequence

from headstart.infra.template.declared import alarms, event_sources, functions, scaling, view
from headstart.model.infrastructure import Infrastructure, NotUnderstood, Resource


def typed(
    file: str, resources: Mapping[str, Resource], *, not_understood: Sequence[NotUnderstood] = ()
) -> Infrastructure:
    """All that ``resources``, those of the template ``file``, declare.

    A property of a type that AWS does not take is added to ``not_understood``, and otherwise as if it were not said.
    Code and layers are where the metadata ``headstart:code`` and ``headstart:layer`` say.
    """
    seen = view.of(resources)
    aliases = tuple(functions.aliases(seen))
    targets = tuple(scaling.scalable_targets(seen, aliases))
    return Infrastructure(
        file=file,
        resources=resources,
        functions=tuple(functions.functions(seen)),
        versions=tuple(functions.versions(seen)),
        aliases=aliases,
        scalable_targets=targets,
        scaling_policies=tuple(scaling.scaling_policies(seen, targets)),
        alarms=tuple(alarms.alarms(seen)),
        composite_alarms=tuple(alarms.composite_alarms(seen)),
        dashboards=tuple(alarms.dashboards(seen)),
        event_sources=tuple(event_sources.event_sources(seen)),
        # Last: all that is above adds doubts.
        not_understood=tuple(dict.fromkeys((*not_understood, *seen.doubts))),
    )
