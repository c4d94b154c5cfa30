"""A request over HTTP as the event that a function gets: of API Gateway, a function URL or a load balancer."""

import json
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec

from headstart.infra import sample_events

DEFAULT: Final = "$default"
_PARAMETER: Final = re.compile(r"\{([^{}]*)\}")


class HttpShape(StrEnum):
    """The shapes of events over HTTP, by the names of their samples."""

    REST_API = "apigateway-v1"
    HTTP_API = "apigateway-v2"
    FUNCTION_URL = "function-url"
    LOAD_BALANCER = "alb"


class Route(msgspec.Struct, frozen=True):
    """``path`` has ``{name}`` for what differs from request to request, and ``{name+}`` for the rest of a path."""

    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def takes(self, method: str, path: str) -> bool:
        """Whether a request is one of this route's."""
        pattern = "".join(
            re.escape(part) if number % 2 == 0 else ".*" if part.endswith("+") else "[^/]+"
            for number, part in enumerate(_PARAMETER.split(self.path))
        )
        return self.method in (method, "ANY") and re.fullmatch(f"{pattern}/?", path) is not None

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of what differs."""
        return tuple(name.removesuffix("+") for name in _PARAMETER.findall(self.path))

    def filled(self, values: Mapping[str, Any]) -> str:
        """The path of one request."""
        return _PARAMETER.sub(lambda found: quote(_text(values.get(found[1].removesuffix("+"), "1"))), self.path)


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent to a route. ``body`` is any JSON value, or None for none; ``key`` is the route's own in an API that
    has one for each.
    """

    route: Route
    parameters: Mapping[str, Any] = {}
    query: Mapping[str, Any] = {}
    headers: Mapping[str, Any] = {}
    body: Any = None
    key: str = DEFAULT


def event_of(request: Request, shape: HttpShape) -> dict[str, Any]:
    """The event, complete as AWS sends it."""
    event: dict[str, Any] = json.loads(sample_events.load(shape).payload)
    route = request.route
    method = "GET" if route.method == "ANY" else route.method
    path = route.filled(request.parameters)
    event["headers"] = _headers(event["headers"], request)
    event["body"] = None if request.body is None else json.dumps(request.body, ensure_ascii=False)
    given = {name: _text(value) for name, value in request.query.items()}
    parameters = {name: _text(request.parameters.get(name, "1")) for name in route.parameters}
    if shape in (HttpShape.HTTP_API, HttpShape.FUNCTION_URL):
        return _of_version_2(event, request, method=method, path=path, given=(given, parameters))
    event |= {"path": path, "httpMethod": method, "queryStringParameters": given or None}
    if shape is HttpShape.REST_API:
        event["multiValueHeaders"] = {name: [value] for name, value in event["headers"].items()}
        event["multiValueQueryStringParameters"] = {name: [value] for name, value in given.items()} or None
        event |= {"resource": route.path, "pathParameters": parameters or None, "stageVariables": None}
        event["requestContext"] |= {
            "resourcePath": route.path,
            "httpMethod": method,
            "path": f"/{event['requestContext']['stage']}{path}",
        }
    else:
        event |= {"queryStringParameters": given, "body": event["body"] or ""}
    return event


def _of_version_2(
    event: dict[str, Any], request: Request, *, method: str, path: str, given: tuple[dict[str, str], dict[str, str]]
) -> dict[str, Any]:
    """What is empty is left out, as AWS leaves it out."""
    query, parameters = given
    event |= {"routeKey": request.key, "rawPath": path, "rawQueryString": urlencode(query)}
    event |= {"queryStringParameters": query, "pathParameters": parameters}
    event["requestContext"]["routeKey"] = request.key
    event["requestContext"]["http"] |= {"method": method, "path": path}
    event["requestContext"].pop("authorizer", None)
    empty = {name for name in ("queryStringParameters", "pathParameters", "body") if not event[name]}
    has_parameters = request.key != DEFAULT
    left_out = empty | {"cookies", "stageVariables"} | (set() if has_parameters else {"pathParameters"})
    return {name: value for name, value in event.items() if name not in left_out}


def _headers(sample: Mapping[str, str], request: Request) -> dict[str, str]:
    """Those of the sample but for what the request says itself; names are written as the sample writes them."""
    left_out = {name.lower() for name in request.headers} | (set() if request.body is not None else {"content-type"})
    kept = {name: value for name, value in sample.items() if name.lower() not in left_out}
    is_lower = "host" in sample
    return kept | {name.lower() if is_lower else name: _text(value) for name, value in request.headers.items()}


def _text(value: Any) -> str:
    """As JSON writes it, but text without quotes."""
    return value if isinstance(value, str) else json.dumps(value)
