"""Hand-made resources of a template, and the look at them."""

from collections.abc import Mapping
from typing import Any

from headstart.infra.template.views import typed
from headstart.model.infrastructure import Infrastructure, Place, Resource, Symbolic

FUNCTION = "AWS::Lambda::Function"
ALIAS_ARN = Symbolic(
    "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${Orders}:live", ("Live", "Orders")
)
ORDERS_ARN = Symbolic("arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${Orders}", ("Orders",))


def ref(id_: str) -> Symbolic:
    return Symbolic(f"${{{id_}}}", (id_,))


def resource(id_: str, type_: str, properties: Mapping[str, Any] | None = None, **more: Any) -> Resource:
    return Resource(id=id_, type=type_, properties=properties or {}, place=Place("template.yaml", 7), **more)


def lambda_function(id_: str = "Orders", metadata: Mapping[str, Any] | None = None, **properties: Any) -> Resource:
    given = {"Runtime": "python3.13", "Handler": "app.handler"} | properties
    return resource(id_, FUNCTION, given, metadata=metadata or {})


def look(*resources: Resource) -> Infrastructure:
    return typed("template.yaml", {each.id: each for each in resources})


ORDERS = lambda_function()
VERSION = resource("V1", "AWS::Lambda::Version", {"FunctionName": ref("Orders")})
LIVE = resource(
    "Live",
    "AWS::Lambda::Alias",
    {
        "FunctionName": ref("Orders"),
        "Name": "live",
        "FunctionVersion": Symbolic("${V1.Version}", ("V1",)),
        "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": "5"},
    },
)
