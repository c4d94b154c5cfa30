"""What a template says of the user's functions, and what it leaves out for certain: less than that nothing was read."""

import re
from collections.abc import Iterator
from typing import Any, Final

from headstart.audit.edits import setting
from headstart.audit.subject import AuditedFunction, Subject
from headstart.model.finding import Edit
from headstart.model.infrastructure import DeclaredFunction, Infrastructure, Resource, Step, Symbolic

# Functions that CDK itself adds to a stack: nobody who uses it can set them up.
_OF_CDK: Final = re.compile(
    r"/(?:Custom::\w+|Custom(?:CDK|S3|VPC)\w+|LogRetention[0-9a-f]{20,}|AWS[0-9a-f]{32}|BucketNotificationsHandler\w+"
    r"|framework-on(?:Event|Complete|Timeout))(?:/|$)"
)
# The same where the template does not say the path: the logical ids that CDK makes of it.
_ID_OF_CDK: Final = re.compile(
    r"(?:Custom(?:CDK|S3|Vpc|VPC)\w+CustomResourceProviderHandler|LogRetention[0-9a-f]{32}|AWS[0-9a-f]{32}"
    r"|BucketNotificationsHandler[0-9a-f]{32}|\w+frameworkon(?:Event|Complete|Timeout))[0-9A-F]{8}"
)
_OTHER_TEMPLATES: Final = frozenset({"AWS::CloudFormation::Stack", "AWS::Serverless::Application"})


def own_functions(subject: Subject) -> Iterator[tuple[Infrastructure, DeclaredFunction]]:
    """The functions declared, with the template that declares each, but for those that CDK adds by itself."""
    for infrastructure in subject.infrastructures:
        for function in infrastructure.functions:
            if not is_added_by_cdk(function):
                yield infrastructure, function


def declared_functions(subject: Subject) -> Iterator[DeclaredFunction]:
    """The same, and those that headstart.toml describes, of which only what it says is known."""
    yield from (function for _, function in own_functions(subject))
    for each in subject.functions:
        if each.declared is not None and each.infrastructure is None:
            yield each.declared


def is_added_by_cdk(function: DeclaredFunction) -> bool:
    """Whether CDK added the function, for a custom resource of its own."""
    path = function.resource.construct_path
    return _OF_CDK.search(path) is not None if path else _ID_OF_CDK.fullmatch(function.id) is not None


def audited(subject: Subject, function: DeclaredFunction) -> AuditedFunction:
    """All sides of a declared function."""
    found = (each for each in subject.functions if each.declared is not None and each.declared is function)
    return next(found, AuditedFunction(name=function.name, declared=function))


def template_edits(function: AuditedFunction, name: str, *, to: Any) -> tuple[Edit, ...]:
    """Set a property of the function in its template, if it has one: headstart.toml is the user's to change."""
    if function.declared is None or function.infrastructure is None:
        return ()
    return setting(function.declared.resource, (name,), to=to)


def is_unset(infrastructure: Infrastructure | None, resource: Resource, *path: Step) -> bool:
    """The property at ``path`` is missing, and nothing that a deployment or a program may fill stands in its place."""
    if resource.get(*path) is not None or not is_understood(infrastructure, resource):
        return False
    return not any(isinstance(resource.get(*path[:length]), Symbolic) for length in range(1, len(path)))


def is_understood(infrastructure: Infrastructure | None, resource: Resource) -> bool:
    """Whether what is said of the resource is all of it: in a template and in headstart.toml (no infrastructure) it is,
    in a program only where everything was followed.
    """
    if infrastructure is None or not infrastructure.is_program:
        return True
    return all(each.id != resource.id for each in infrastructure.not_understood)


def is_whole(infrastructure: Infrastructure) -> bool:
    """Whether all resources are seen: none is in a nested stack that is not at hand, made by a macro, or said in a
    program in a way that is not followed. Only then is what is missing not there.
    """
    doubted = {item.id: infrastructure.resources.get(item.id) for item in infrastructure.not_understood}
    if infrastructure.is_program:
        return not doubted
    return all(resource is not None and resource.type not in _OTHER_TEMPLATES for resource in doubted.values())


def is_zip(function: DeclaredFunction) -> bool:
    """Whether the function is deployed with a package that AWS unzips, rather than a container image."""
    return not function.is_image and function.resource.get("PackageType") in {None, "Zip"}


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
