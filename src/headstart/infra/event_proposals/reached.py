"""What an event reaches in a function: a route, an action, or what takes the events of a service."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from headstart.infra.event_proposals.http_request import HttpShape, Route
from headstart.model.invocation import Event

_SCHEDULED: Final = "Scheduled Event"
# By what only the events of one service have.
_MARKS: Final = {
    "awslogs": "logs",
    "triggerSource": "cognito",
    "deliveryStreamArn": "firehose",
    "CodePipeline.job": "codepipeline",
}


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """A ``route``; or of ``kind`` ``action``, ``source`` (as ``EventSource.kind``) or ``keys`` what ``word`` says."""

    kind: str
    word: str = ""
    route: Route | None = None

    def __str__(self) -> str:
        """As it is said to people."""
        if self.route is not None:
            return str(self.route)
        before = {"action": "the action ", "keys": "an event with ", "source": "an event of "}
        return before[self.kind] + self.word

    @property
    def name(self) -> str:
        """What an event that reaches it may be called."""
        return str(self.route) if self.route is not None else self.word

    @property
    def key(self) -> tuple[str, str]:
        """The same for those that reach the same, whatever path parameters are called."""
        if self.route is None:
            return self.kind, self.word
        parts = ("{}" if part.startswith("{") else part for part in self.route.path.strip("/").split("/"))
        return self.route.method, "/".join(parts)


def route_reach(route: Route) -> Reach:
    """What a request to the route reaches."""
    return Reach(kind="route", route=route)


def value_of(event: Event) -> Any:
    """The JSON value of an event; None for what is none."""
    try:
        return json.loads(event.payload)
    except (ValueError, RecursionError):
        return None


def shape_of(event: Any) -> HttpShape | None:
    """The shape of an event over HTTP; None for other events."""
    request = event.get("requestContext") if isinstance(event, Mapping) else None
    if not isinstance(request, Mapping):
        return None
    if "elb" in request:
        return HttpShape.LOAD_BALANCER
    if isinstance(request.get("http"), Mapping):
        return HttpShape.FUNCTION_URL if ".lambda-url." in str(request.get("domainName")) else HttpShape.HTTP_API
    return HttpShape.REST_API if "httpMethod" in event else None


def reached_by(event: Any, routes: Sequence[Route] = ()) -> tuple[Reach, ...]:
    """What ``event`` reaches, of ``routes`` the one that takes it; what is plainest first."""
    if not isinstance(event, Mapping):
        return ()
    if shape_of(event) is not None:
        return tuple(_by_request(event, routes))
    if source := _source_of(event):
        return (Reach(kind="source", word=source),)
    if isinstance(action := event.get("action"), str):
        return (Reach(kind="action", word=action),)
    return (Reach(kind="keys", word=", ".join(sorted(map(str, event)))),) if event else ()


def _by_request(event: Mapping[str, Any], routes: Sequence[Route]) -> Iterator[Reach]:
    request = event["requestContext"].get("http") or {}
    method = str(request.get("method") or event.get("httpMethod"))
    path = str(event.get("rawPath") or event.get("path") or "/")
    stage = f"/{event['requestContext'].get('stage')}/"
    paths = (path, path.removeprefix(stage.rstrip("/"))) if path.startswith(stage) else (path,)
    in_order = sorted(routes, key=lambda route: len(route.parameters))  # what is written out wins over what differs
    taking = (route for each in paths for route in in_order if route.takes(method, each))
    yield route_reach(next(taking, Route(method, path)))
    try:
        body = json.loads(event.get("body") or "null")
    except (TypeError, ValueError, RecursionError):
        return
    if isinstance(body, dict) and isinstance(body.get("action"), str):
        yield Reach(kind="action", word=body["action"])


def _source_of(event: Mapping[str, Any]) -> str:
    """The service that an event is of; empty where it is of none."""
    records = event.get("Records") or event.get("records")
    first = records[0] if isinstance(records, list) and records and isinstance(records[0], Mapping) else event
    source = first.get("eventSource") or first.get("EventSource")
    if isinstance(source, str) and source.startswith("aws:"):
        return source.removeprefix("aws:")
    if "detail-type" in event and "detail" in event:
        return "schedule" if event["detail-type"] == _SCHEDULED else "events"
    return next((kind for mark, kind in _MARKS.items() if mark in event), "")
