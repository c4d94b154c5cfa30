"""What a template says of a function's events: the routes of its APIs, and the services that invoke it."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from headstart.infra import sample_events
from headstart.infra.event_proposals.candidate import Candidate
from headstart.infra.event_proposals.http_request import DEFAULT, HttpShape, Request, Route
from headstart.infra.event_proposals.openapi import operations
from headstart.infra.event_proposals.reached import Reach, reached_by
from headstart.infra.template.declared import view
from headstart.model.infrastructure import EventSource, Infrastructure, Place, Resource

_SHAPES: Final = {
    "rest-api": HttpShape.REST_API,
    "http-api": HttpShape.HTTP_API,
    "url": HttpShape.FUNCTION_URL,
    "alb": HttpShape.LOAD_BALANCER,
}
_SAMPLES: Final = {
    "sqs": "sqs",
    "kinesis": "kinesis",
    "dynamodb": "dynamodb-stream",
    "sns": "sns",
    "s3": "s3-put",
    "events": "eventbridge",
    "schedule": "scheduled",
    "cognito": "cognito-pre-signup",
    "logs": "cloudwatch-logs",
}
_INTEGRATION: Final = "x-amazon-apigateway-integration"
_ANY: Final = "x-amazon-apigateway-any-method"
_FIRST_PAYLOAD: Final = "1.0"
_EVERYTHING: Final = Route("ANY", "/{path+}")


class TemplateRoute(msgspec.Struct, frozen=True, kw_only=True):
    """A request to a route of an API, and the shape of its event."""

    request: Request
    shape: HttpShape
    place: str


class InTemplate:
    """What invokes the function ``id_`` of a template."""

    def __init__(self, infrastructure: Infrastructure, id_: str) -> None:
        self._resources = infrastructure.resources
        self._invoked = view.of(infrastructure.resources).references.invoked
        self._id = id_
        self._sources = [each for each in infrastructure.event_sources if each.function == id_]

    @property
    def shape(self) -> HttpShape | None:
        """The shape of its events over HTTP; None where it gets none."""
        routes = (each.shape for each in self.routes())
        return next(routes, next((_SHAPES[each.kind] for each in self._sources if each.kind in _SHAPES), None))

    def candidates(self) -> Iterator[Candidate]:
        """An event of each service that invokes it."""
        for source in self._sources:
            if source.kind in _SAMPLES:
                event = _event(source)
                reach = next(iter(reached_by(event)), Reach(kind="source", word=source.kind))
                yield Candidate(reach=reach, place=_place(source.resource.place), event=event)

    def routes(self) -> Iterator[TemplateRoute]:
        """The routes whose integration is the function; one for everything where it has no API but a URL."""
        for resource in self._resources.values():
            if resource.type in ("AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"):
                yield from self._in_body(resource)
            elif resource.type == "AWS::ApiGatewayV2::Route":
                yield from self._of_http_api(resource)
            elif resource.type == "AWS::ApiGateway::Method" and self._is_invoked(resource.get("Integration", "Uri")):
                route = Route(str(resource.get("HttpMethod")), self._path(resource))
                yield TemplateRoute(
                    request=Request(route=route), shape=HttpShape.REST_API, place=_place(resource.place)
                )
        for source in self._sources:
            if source.kind in ("url", "alb"):
                place = _place(source.resource.place)
                yield TemplateRoute(request=Request(route=_EVERYTHING), shape=_SHAPES[source.kind], place=place)

    def _in_body(self, resource: Resource) -> Iterator[TemplateRoute]:
        body = resource.get("Body")
        is_http_api = resource.type == "AWS::ApiGatewayV2::Api"
        requests = {each.steps: each.request for each in operations(body)}
        for path, item in resource.get("Body", "paths", default={}).items():
            for method, operation in item.items() if isinstance(item, Mapping) else ():
                integration = operation.get(_INTEGRATION, {}) if isinstance(operation, Mapping) else {}
                if self._is_invoked(integration.get("uri")):
                    route = Route("ANY" if method == _ANY else method.upper(), path)
                    request = requests.get(("paths", path, method), Request(route=route))
                    is_version_2 = is_http_api and integration.get("payloadFormatVersion") != _FIRST_PAYLOAD
                    yield TemplateRoute(
                        request=msgspec.structs.replace(request, key=str(route)),
                        shape=HttpShape.HTTP_API if is_version_2 else HttpShape.REST_API,
                        place=_place(resource.place_of("Body", "paths", path, method)),
                    )

    def _of_http_api(self, resource: Resource) -> Iterator[TemplateRoute]:
        named = str(resource.get("Target", default="")).removeprefix("integrations/")
        integration = self._resources.get(named.removeprefix("${").removesuffix("}"))
        method, _, path = str(resource.get("RouteKey", default=DEFAULT)).partition(" ")
        if integration is not None and path and self._is_invoked(integration.get("IntegrationUri")):
            route = Route(method, path)
            is_first = integration.get("PayloadFormatVersion") == _FIRST_PAYLOAD
            yield TemplateRoute(
                request=Request(route=route, key=str(route)),
                shape=HttpShape.REST_API if is_first else HttpShape.HTTP_API,
                place=_place(resource.place),
            )

    def _is_invoked(self, uri: Any) -> bool:
        named = self._invoked(uri)
        return named is not None and named.function == self._id

    def _path(self, method: Resource) -> str:
        """The path of a REST API's method, from its resource up to the root."""
        parts: list[str] = []
        place: Resource | None = method
        step = "ResourceId"
        while place is not None and len(parts) < len(self._resources):
            place = self._resources.get(str(place.get(step)).removeprefix("${").removesuffix("}"))
            if place is not None:
                parts.insert(0, str(place.get("PathPart")))
            step = "ParentId"
        return "/" + "/".join(parts)


def _event(source: EventSource) -> Any:
    """The sample of the service, with what a rule says of it; or the input that it gives instead."""
    event = json.loads(sample_events.load(_SAMPLES[source.kind]).payload)
    resource = source.resource
    given = resource.get("Targets", 0, "Input") or resource.get("Target", "Input")
    if isinstance(given, str):
        try:
            return json.loads(given)
        except ValueError:
            return event
    if source.kind == "events":
        for key in ("source", "detail-type"):
            if isinstance(value := resource.get("EventPattern", key, 0), str):
                event[key] = value
    return event


def _place(place: Place) -> str:
    return str(msgspec.structs.replace(place, file=Path(place.file).name))
