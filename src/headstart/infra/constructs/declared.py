"""What an app declares about its functions, read from the resources themselves, whoever made them.

A number that is known only at deployment (a parameter, an import) is read as None: nothing is concluded from it.
"""

from collections.abc import Iterator
from typing import Any, TypeVar

import aws_cdk as cdk
import msgspec
from aws_cdk import aws_lambda as lambda_
from constructs import IConstruct

Resource = TypeVar("Resource", bound=cdk.CfnResource)


def resource_of(construct: IConstruct, kind: type[Resource]) -> Resource | None:
    """The CloudFormation resource of a construct; None for one that is not of this app."""
    resource = construct.node.default_child
    return resource if isinstance(resource, kind) else None


def own_resource_of(construct: IConstruct, kind: type[Resource]) -> Resource:
    """The CloudFormation resource of a construct that this app makes.

    Raises:
        ValueError: it does not make it.
    """
    resource = resource_of(construct, kind)
    if resource is None:
        raise ValueError(f"{construct.node.path} is not made by this app; give one that is")
    return resource


def reserved_of(function: lambda_.IFunction) -> int | None:
    """Its reserved concurrency."""
    resource = resource_of(function, lambda_.CfnFunction)
    return None if resource is None else _number(resource.reserved_concurrent_executions)


def has_snap_start(function: lambda_.IFunction) -> bool:
    """Whether its versions are restored from snapshots."""
    resource = resource_of(function, lambda_.CfnFunction)
    snap_start = None if resource is None else resource.snap_start
    return isinstance(snap_start, lambda_.CfnFunction.SnapStartProperty) and snap_start.apply_on != "None"


def provisioned_of(alias: lambda_.Alias) -> int | None:
    """Its provisioned concurrency."""
    resource = resource_of(alias, lambda_.CfnAlias)
    config = None if resource is None else resource.provisioned_concurrency_config
    if isinstance(config, lambda_.CfnAlias.ProvisionedConcurrencyConfigurationProperty):
        return _number(config.provisioned_concurrent_executions)
    return None


class Concurrency(msgspec.Struct, frozen=True):
    """What is reserved for a function and provisioned for its alias."""

    reserved: int | None
    provisioned: int | None


def concurrency_of(alias: lambda_.Alias) -> Concurrency:
    """The concurrency of an alias, as far as it is declared by now."""
    return Concurrency(reserved_of(alias.lambda_), provisioned_of(alias))


def aliases_of(function: lambda_.IFunction) -> list[lambda_.Alias]:
    """The aliases of a function, in the whole app."""
    path = function.node.path
    return [alias for alias in _all(function, lambda_.Alias) if alias.lambda_.node.path == path]


def functions_beside(construct: IConstruct) -> list[lambda_.Function]:
    """The functions of the app that share the account and Region of ``construct``."""
    place = _place(construct)
    return [function for function in _all(construct, lambda_.Function) if _place(function) == place]


Found = TypeVar("Found", bound=IConstruct)


def _all(construct: IConstruct, kind: type[Found]) -> Iterator[Found]:
    return (found for found in construct.node.root.node.find_all() if isinstance(found, kind))


def _place(construct: IConstruct) -> tuple[str, str]:
    stack = cdk.Stack.of(construct)
    return stack.account, stack.region


def _number(value: Any) -> int | None:
    is_known = isinstance(value, int | float) and not cdk.Token.is_unresolved(value)
    return int(value) if is_known else None
