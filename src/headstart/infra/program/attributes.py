"""What an attribute of a value is, where it is not called."""

import ast
from pathlib import PurePath
from typing import Any, Final

from headstart.infra.program import api, faults
from headstart.infra.program.machine import OUTSIDE, Machine
from headstart.infra.program.resources import functions
from headstart.infra.program.resources.call import NOTHING, Call
from headstart.infra.program.values import (
    Given,
    Made,
    Method,
    NotSet,
    Outside,
    OwnClass,
    OwnFunction,
    OwnObject,
    Unknown,
)
from headstart.model.infrastructure import Place, Symbolic

INVOKED: Final = ("function", "alias", "version")
_OF_A_STACK: Final = {
    "account": "${AWS::AccountId}",
    "region": "${AWS::Region}",
    "partition": "${AWS::Partition}",
    "url_suffix": "${AWS::URLSuffix}",
    "stack_name": "${AWS::StackName}",
    "stack_id": "${AWS::StackId}",
    "artifact_id": "${AWS::StackName}",
}
_PSEUDO: Final = {
    "ACCOUNT_ID": "${AWS::AccountId}",
    "REGION": "${AWS::Region}",
    "PARTITION": "${AWS::Partition}",
    "STACK_NAME": "${AWS::StackName}",
    "URL_SUFFIX": "${AWS::URLSuffix}",
}


def attribute(owner: Any, node: ast.Attribute, *, machine: Machine) -> Any:
    """The attribute that ``node`` reads of ``owner``."""
    start = machine.place(node)
    name, place = node.attr, Place(start.file, node.end_lineno or start.line, start.column)
    if isinstance(owner, Outside):
        return _of_outside(owner, name, machine=machine, place=place)
    if isinstance(owner, Made):
        return _of_made(owner, name, machine=machine, place=place)
    if isinstance(owner, OwnObject):
        return _of_object(owner, name, machine=machine, place=place)
    if isinstance(owner, OwnClass):
        return owner.find(name) if any(name in each.members for each in _own(owner)) else Unknown(name)
    if isinstance(owner, NotSet):
        faults.not_set(machine, owner, place=place)
        return OUTSIDE
    if isinstance(owner, PurePath) and name in ("parent", "name", "stem"):
        return getattr(owner, name)
    if isinstance(owner, Unknown):
        return owner
    is_of_enumeration = name == "value" and isinstance(owner, str | int | float)
    return owner if is_of_enumeration else Method(owner, name)


def _own(owner: OwnClass) -> list[OwnClass]:
    return [each for each in owner.lineage() if isinstance(each, OwnClass)]


def _of_outside(owner: Outside, name: str, *, machine: Machine, place: Place) -> Any:
    if owner.name in ("aws_cdk.Aws", "aws_cdk.core.Aws") and name in _PSEUDO:
        return Symbolic(_PSEUDO[name])
    faults.is_in_module(machine, owner.name, name=name, place=place)
    faults.is_in_class(machine, owner.name, name=name, place=place)
    return Outside(f"{owner.name}.{name}")


def _of_made(owner: Made, name: str, *, machine: Machine, place: Place) -> Any:
    if owner.kind == "stack":
        return Symbolic(_OF_A_STACK[name]) if name in _OF_A_STACK else Method(owner, name)
    if not faults.is_in_class(machine, owner.type, name=name, place=place):
        # What was meant, where it is plain, so that the rest of the program can be looked at.
        given, known = owner.given.get(name), api.class_named(owner.type)
        is_setting = known is not None and known.signature is not None and known.signature.takes(name)
        return given.value if given else NotSet(owner.id, name) if is_setting else OUTSIDE
    if owner.kind in INVOKED:
        found = functions.property_of(owner, name, call=Call(name=name, machine=machine, place=place))
        if found is not NOTHING:
            return found
    known = api.class_named(owner.type)
    member = known.members.get(name) if known else None
    if member is not None and member.signature is not None:
        return Method(owner, name)
    if owner.draft is None:
        given = owner.given.get(name)
        return given.value if given else Method(owner, name)
    return _of_resource(owner, name)


def _of_resource(owner: Made, name: str) -> Any:
    """A property of a resource: its Ref or an attribute of it, by CloudFormation's likely name."""
    if name == "node":
        return Made(type="constructs.Node", kind="node", place=owner.place, kept={"of": owner})
    if name in ("ref", "topic_arn", "queue_url", "log_group_name", "alarm_name", "bucket_name", "table_name"):
        return owner.ref()
    if name.endswith("_arn") or name == "attr_arn":
        return owner.ref("Arn")
    return Symbolic(f"${{{owner.id}.{name}}}", (owner.id,))


def _of_object(owner: OwnObject, name: str, *, machine: Machine, place: Place) -> Any:
    if name in owner.attributes:
        return owner.attributes[name]
    member = owner.own.find(name)
    if isinstance(member, OwnFunction):
        if is_property(member):
            return machine.invoke(member, [Given(owner, place)], keywords={})
        return Method(owner, name)
    if member is not None:
        return member
    if owner.made is not None:
        return _of_made(owner.made, name, machine=machine, place=place)
    if owner.path is not None and name in _OF_A_STACK:
        return Symbolic(_OF_A_STACK[name])
    return Method(owner, name) if owner.path is not None and name == "node" else Unknown(f"self.{name}")


def is_property(function: OwnFunction) -> bool:
    """Whether it is read like an attribute."""
    decorators = getattr(function.node, "decorator_list", [])
    names = {each.id if isinstance(each, ast.Name) else getattr(each, "attr", "") for each in decorators}
    return bool(names & {"property", "cached_property"})


def is_static(function: OwnFunction) -> bool:
    """Whether it takes no object."""
    decorators = getattr(function.node, "decorator_list", [])
    return any(isinstance(each, ast.Name) and each.id == "staticmethod" for each in decorators)
