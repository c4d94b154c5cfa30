"""What a template's aliases, versions, scalable targets and policies say together about a function's concurrency."""

from collections.abc import Iterator

from headstart.audit.subject import Subject
from headstart.model.infrastructure import (
    DeclaredAlias,
    DeclaredFunction,
    DeclaredVersion,
    Infrastructure,
    ScalableTarget,
    ScalingPolicy,
)

Qualified = DeclaredAlias | DeclaredVersion


def scalable_targets(subject: Subject) -> Iterator[tuple[Infrastructure, ScalableTarget]]:
    """Every scalable target of provisioned concurrency, with the template that declares it."""
    for infrastructure in subject.infrastructures:
        for target in infrastructure.scalable_targets:
            yield infrastructure, target


def aliases_of(infrastructure: Infrastructure, function: DeclaredFunction) -> list[DeclaredAlias]:
    """The function's aliases."""
    return [alias for alias in infrastructure.aliases if alias.function == function.id]


def qualified_of(infrastructure: Infrastructure, function: DeclaredFunction) -> list[Qualified]:
    """The function's aliases and versions: what can have provisioned concurrency."""
    versions = [version for version in infrastructure.versions if version.function == function.id]
    return [*aliases_of(infrastructure, function), *versions]


def targets_of(infrastructure: Infrastructure, function: DeclaredFunction) -> list[ScalableTarget]:
    """The scalable targets of the function's aliases and versions."""
    return [target for target in infrastructure.scalable_targets if target.function == function.id]


def target_of(infrastructure: Infrastructure, alias: DeclaredAlias) -> ScalableTarget | None:
    """The scalable target of an alias."""
    targets = infrastructure.scalable_targets
    return next((one for one in targets if (one.function, one.qualifier) == (alias.function, alias.name)), None)


def alias_of(infrastructure: Infrastructure, target: ScalableTarget) -> DeclaredAlias | None:
    """The alias that a scalable target scales."""
    aliases = infrastructure.aliases
    return next((one for one in aliases if (one.function, one.name) == (target.function, target.qualifier)), None)


def policies_of(infrastructure: Infrastructure, target: ScalableTarget) -> list[ScalingPolicy]:
    """The scaling policies of a target."""
    return [policy for policy in infrastructure.scaling_policies if policy.target == target.resource.id]


def provisioned(infrastructure: Infrastructure, function: DeclaredFunction) -> int:
    """The provisioned concurrency that its aliases and versions ask for; what only a deployment knows counts as 0."""
    return sum(qualified.provisioned or 0 for qualified in qualified_of(infrastructure, function))


def most_provisioned(infrastructure: Infrastructure, function: DeclaredFunction) -> int:
    """The provisioned concurrency when every scalable target is at its largest, the others as declared."""
    targets = targets_of(infrastructure, function)
    scaled = {target.qualifier for target in targets}
    fixed = sum(
        qualified.provisioned or 0
        for qualified in qualified_of(infrastructure, function)
        if not (isinstance(qualified, DeclaredAlias) and qualified.name in scaled)
    )
    return fixed + sum(largest_capacity(target) for target in targets)


def largest_capacity(target: ScalableTarget) -> int:
    """The most that a scalable target can come to, by itself or by a schedule."""
    return max(target.max_capacity or 0, *(action.max_capacity or 0 for action in target.schedules), 0)


def is_provisioned(infrastructure: Infrastructure, function: DeclaredFunction) -> bool:
    """Whether the function has provisioned concurrency, fixed or scaled; its number may be unknown."""
    has_setting = any(
        qualified.provisioned
        or (qualified.provisioned is None and qualified.resource.get("ProvisionedConcurrencyConfig") is not None)
        for qualified in qualified_of(infrastructure, function)
    )
    return has_setting or bool(targets_of(infrastructure, function))


def is_warmed(infrastructure: Infrastructure, function: DeclaredFunction) -> bool:
    """Whether environments are ready before requests come: provisioned concurrency or SnapStart."""
    return function.has_snap_start or is_provisioned(infrastructure, function)


def is_gradually_deployed(alias: DeclaredAlias) -> bool:
    """Whether CodeDeploy moves its traffic from version to version."""
    return "CodeDeployLambdaAliasUpdate" in alias.resource.update_policy


def claimed(infrastructure: Infrastructure) -> int:
    """What a template sets aside of the account's concurrency: reservations, and provisioned where there is none."""
    return sum(
        most_provisioned(infrastructure, function) if function.reserved is None else function.reserved
        for function in infrastructure.functions
    )


def largest_reservation(infrastructure: Infrastructure) -> DeclaredFunction:
    """The function that sets most aside.

    Raises:
        ValueError: the template has no function.
    """
    return max(infrastructure.functions, key=lambda function: function.reserved or 0)
