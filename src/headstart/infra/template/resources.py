"""Makes resources of a template's nodes."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from headstart.errors import TemplateError
from headstart.infra.template import local_code
from headstart.infra.template.node import Node
from headstart.infra.template.resolver import Resolver
from headstart.infra.template.sam_places import SAM_TYPES
from headstart.infra.template.scope import MODULE, Scope
from headstart.infra.template.sections import LOOP, nearest
from headstart.infra.template.symbols import ABSENT
from headstart.model.infrastructure import Resource

_READ = (
    "Condition", "CreationPolicy", "DeletionPolicy", "DependsOn", "Metadata", "Properties", "Type", "UpdatePolicy",
    "UpdateReplacePolicy",
)  # fmt: skip
_CDK_METADATA = "AWS::CDK::Metadata"


def resources_of(scope: Scope) -> Iterator[Resource]:
    """The template's resources in their order, each nested stack followed by its own; without those whose condition is
    false.

    Raises:
        TemplateError: a value that CloudFormation would refuse: see ``Resolver.value``.
    """
    for logical_id, node in scope.template.resources.items():
        if logical_id.startswith("Fn::"):
            scope.doubt(node, "resources that only a deployment makes", subject=logical_id)
            continue
        if scope.type_of(logical_id).startswith(SAM_TYPES):
            raise _untranslated(scope, node, logical_id=logical_id)
        if scope.type_of(logical_id).endswith(MODULE):
            scope.doubt(node, "a module, whose resources are not known here", subject=logical_id)
        condition = node.get("Condition")
        held = _holds(scope, condition, logical_id=logical_id) if condition else True
        if condition and held is None and scope.type_of(logical_id) != _CDK_METADATA:
            scope.doubt(condition, f"condition {condition.value} is known only after deployment", subject=logical_id)
        if held is False:
            continue
        yield _resource(scope, node, logical_id=logical_id)
        if nested := scope.nested(logical_id):
            yield from resources_of(nested)
    _check_the_rest(scope)


def _check_the_rest(scope: Scope) -> None:
    """Resolve what no resource may need: CloudFormation refuses it all the same when it is wrong."""
    for name, node in scope.template.conditions.items():
        if not name.startswith(LOOP):
            scope.condition(name, at=node)
    for name, node in scope.template.outputs.items():
        if name.startswith(LOOP):
            continue
        condition = node.get("Condition")
        if condition is None or _holds(scope, condition, logical_id=name):
            scope.output(name)


def _holds(scope: Scope, condition: Node, *, logical_id: str) -> bool | None:
    if not isinstance(condition.value, str):
        raise scope.template.error(
            condition, f"{logical_id}: Condition needs the name of a condition", hint="e.g. Condition: IsProd"
        )
    return scope.condition(condition.value, at=condition)


def _resource(scope: Scope, node: Node, *, logical_id: str) -> Resource:
    resolver = scope.resolver(logical_id)
    properties = _section(resolver, node, name="Properties")
    places = dict(resolver.places)
    metadata = _section(resolver, node, name="Metadata", leniently=True)
    for key, item in node.value.items() if isinstance(node.value, dict) else ():
        if key not in _READ:
            scope.doubt(item, f"{key}, which no resource has", subject=logical_id)
    metadata |= _located(scope, node, properties=properties, metadata=metadata, logical_id=logical_id)
    return Resource(
        id=scope.prefix + logical_id,
        type=scope.type_of(logical_id),
        properties=properties,
        place=scope.template.document.place(node),
        places=places,
        construct_path=_construct_path(scope, metadata, logical_id=logical_id),
        depends_on=frozenset(_depends_on(scope, node, logical_id=logical_id)),
        refers_to=frozenset(resolver.reached),
        deletion_policy=_policy(resolver, node, name="DeletionPolicy"),
        update_replace_policy=_policy(resolver, node, name="UpdateReplacePolicy"),
        update_policy=_section(resolver, node, name="UpdatePolicy"),
        metadata=metadata,
    )


def _section(resolver: Resolver, node: Node, *, name: str, leniently: bool = False) -> dict[str, Any]:
    """A section of a resource as a mapping. Metadata is anybody's: what does not resolve there is kept as it is."""
    section = node.get(name)
    if section is None or section.value is None:
        return {}
    if leniently:
        plain = section.plain()
        return plain if isinstance(plain, dict) else {}
    value = resolver.value(section, ())
    if value is ABSENT:
        return {}
    if isinstance(value, dict):
        return value
    if not isinstance(section.value, dict):
        raise resolver.error(section, f"{name} needs a mapping")
    resolver.scope.doubt(section, f"{name} are known only after deployment", subject=resolver.subject)
    return {}


def _policy(resolver: Resolver, node: Node, *, name: str) -> str | None:
    policy = node.get(name)
    value = resolver.value(policy) if policy else None
    return value if isinstance(value, str) else None


def _construct_path(scope: Scope, metadata: Mapping[str, Any], *, logical_id: str) -> str:
    path = metadata.get("aws:cdk:path")
    template = Path(scope.template.document.file).name
    return path if isinstance(path, str) else scope.shared.assets.construct_paths.get((template, logical_id), "")


def _located(
    scope: Scope, node: Node, *, properties: dict[str, Any], metadata: dict[str, Any], logical_id: str
) -> dict[str, str]:
    """Where a function's code or a layer's content is on this machine, or should be, as metadata.

    Who needs what is not there refuses it. A function in another language may only have to be built.
    """
    folder = Path(scope.template.document.file).parent
    found = local_code.find(
        scope.type_of(logical_id), properties, metadata=metadata, folder=folder, assets=scope.shared.assets
    )
    if found is None:
        return {}
    if local_code.is_there(found.path):
        return {found.key: str(found.path)}
    written = node.get("Properties") or node
    at = written.get(found.property_name) or written
    what = f"{found.property_name} is {found.path}, which does not exist"
    if found.is_asset or not local_code.is_possible(found.path):
        hint = "run cdk synth again" if found.is_asset else "correct its path"
        raise scope.template.error(at, f"{logical_id}: {what}", hint=hint)
    is_in_python = str(properties.get("Runtime")).startswith("python")
    if not is_in_python:
        scope.doubt(at, what, subject=logical_id)
    return {found.key: str(found.path)} if is_in_python or found.key == local_code.LAYER else {}


def _depends_on(scope: Scope, node: Node, *, logical_id: str) -> Iterable[str]:
    depends_on = node.get("DependsOn")
    if depends_on is None:
        return
    for item in depends_on.value if isinstance(depends_on.value, list) else [depends_on]:
        name = item.value
        if isinstance(name, str) and scope.is_made_elsewhere(name):
            continue
        if not isinstance(name, str) or name not in scope.template.resources:
            raise _undefined(scope, item, logical_id=logical_id)
        yield scope.prefix + name


def _untranslated(scope: Scope, node: Node, *, logical_id: str) -> TemplateError:
    return scope.template.error(
        node,
        f"{logical_id} is {scope.type_of(logical_id)}, which only SAM's transform knows",
        hint="add Transform: AWS::Serverless-2016-10-31 at the top, or correct the type",
    )


def _undefined(scope: Scope, item: Node, *, logical_id: str) -> TemplateError:
    name = item.value if isinstance(item.value, str) else "something that is no name"
    return scope.template.error(
        item, f"{logical_id} depends on {name}, which is not there", hint=nearest(str(name), scope.template.resources)
    )
