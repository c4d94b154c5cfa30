"""Whether a template leaves something out for certain, which is less than that nothing was read."""

from headstart.audit.subject import AuditedFunction
from headstart.model.infrastructure import DeclaredFunction, Infrastructure, Resource, Step, Symbolic


def is_unset(infrastructure: Infrastructure, resource: Resource, *path: Step) -> bool:
    """The property at ``path`` is missing, and nothing that a deployment or a program may fill stands in its place."""
    if resource.get(*path) is not None or not is_understood(infrastructure, resource):
        return False
    return not any(isinstance(resource.get(*path[:length]), Symbolic) for length in range(1, len(path)))


def is_understood(infrastructure: Infrastructure, resource: Resource) -> bool:
    """A template says all that there is; a program only where everything that it says of the resource was followed."""
    return not infrastructure.is_program or all(each.id != resource.id for each in infrastructure.not_understood)


def has_unseen_layers(function: AuditedFunction) -> bool:
    """Whether the function has a layer whose files are not on this machine."""
    if function.declared is None:
        return False
    layers = function.declared.resource.get("Layers")
    return layers is not None and (isinstance(layers, Symbolic) or len(layers) > len(function.declared.layers))


def runtime_of(function: AuditedFunction) -> str | None:
    """The function's Python runtime, declared or measured."""
    declared = function.declared.runtime if function.declared else None
    runtime = declared or (function.measured.function.runtime if function.measured else None)
    return runtime if runtime and runtime.startswith("python3.") else None


def is_zip(function: DeclaredFunction) -> bool:
    """Whether the function is deployed with a package that AWS unzips, rather than a container image."""
    return not function.is_image and function.resource.get("PackageType") in {None, "Zip"}
