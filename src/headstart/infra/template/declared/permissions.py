"""What may invoke functions by a permission, where nothing else in the template shows that it does."""

from collections.abc import Iterator, Sequence
from typing import Final

from headstart.infra.template.declared.properties import Properties
from headstart.infra.template.declared.view import View
from headstart.model.infrastructure import EventSource

_PERMISSION: Final = "AWS::Lambda::Permission"
_INVOKES: Final = {"lambda:InvokeFunction", "lambda:InvokeFunctionUrl", "lambda:*", "*"}
_API: Final = ("rest-api", "http-api", "other")
# The kinds of event source that a principal stands for: its own name comes first.
_PRINCIPALS: Final = {
    "apigateway": _API,
    "elasticloadbalancing": ("alb",),
    "sns": ("sns",),
    "s3": ("s3",),
    "events": ("events", "schedule"),
    "scheduler": ("schedule",),
    "cognito-idp": ("cognito",),
    "iot": ("iot",),
    "logs": ("logs",),
}
_APIS: Final = {"AWS::ApiGateway::RestApi": "rest-api", "AWS::ApiGatewayV2::Api": "http-api"}


def not_among(view: View, found: Sequence[EventSource]) -> Iterator[EventSource]:
    """An event source for each function and principal for which none is ``found``."""
    known = {(source.function, source.kind) for source in found}
    for properties in view.of_type(_PERMISSION):
        named = view.references.named(properties.value("FunctionName"))
        if named is None or properties.text("Action") not in _INVOKES:
            continue
        source = view.references.source(properties.value("SourceArn"))
        kinds = _kinds(view, properties, source=source)
        if not any((named.function, kind) in known for kind in kinds):
            known.add((named.function, kinds[0]))
            yield EventSource(
                resource=properties.resource,
                function=named.function,
                qualifier=named.qualifier,
                kind=kinds[0],
                source=source or properties.words("Principal"),
            )


def _kinds(view: View, properties: Properties, *, source: str) -> tuple[str, ...]:
    """The kinds that the permission may be for, the likeliest first."""
    if any(properties.value(name) is not None for name in ("FunctionUrlAuthType", "InvokedViaFunctionUrl")):
        return ("url",)
    # logs.eu-central-1.amazonaws.com is a principal too.
    kinds = _PRINCIPALS.get(properties.words("Principal").partition(".")[0], ("other",))
    if kinds is not _API:
        return kinds
    of_source = view.resources.get(source)
    return (_APIS.get(of_source.type, "other") if of_source else "other", *_API)
