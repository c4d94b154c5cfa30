"""Times the making of clients, sessions and connections inside events: what belongs in init."""

from __future__ import annotations

import sys
from functools import wraps
from time import perf_counter_ns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

    from probe_package import Package
    from probe_runtime import Record

# module -> what in it makes one -> what a report calls it
CREATORS = {
    "boto3": {"client": "boto3.client", "resource": "boto3.resource"},
    "boto3.session": {
        "Session.__init__": "boto3.Session",
        "Session.client": "boto3.Session.client",
        "Session.resource": "boto3.Session.resource",
    },
    "botocore.session": {
        "get_session": "botocore.session.get_session",
        "Session.__init__": "botocore.session.Session",
        "Session.create_client": "botocore.session.Session.create_client",
    },
    "elasticsearch": {"Elasticsearch.__init__": "elasticsearch.Elasticsearch"},
    "grpc": {"insecure_channel": "grpc.insecure_channel", "secure_channel": "grpc.secure_channel"},
    "httpx": {"Client.__init__": "httpx.Client", "AsyncClient.__init__": "httpx.AsyncClient"},
    "aiohttp.client": {"ClientSession.__init__": "aiohttp.ClientSession"},
    "mysql.connector": {"connect": "mysql.connector.connect"},
    "opensearchpy": {"OpenSearch.__init__": "opensearchpy.OpenSearch"},
    "pg8000": {"connect": "pg8000.connect"},
    "psycopg": {"connect": "psycopg.connect"},
    "psycopg2": {"connect": "psycopg2.connect"},
    "pymongo.mongo_client": {"MongoClient.__init__": "pymongo.MongoClient"},
    "pymysql.connections": {"Connection.__init__": "pymysql.connect"},
    "redis.client": {"Redis.__init__": "redis.Redis"},
    "requests.sessions": {"Session.__init__": "requests.Session"},
    "sqlalchemy": {"create_engine": "sqlalchemy.create_engine"},
    "urllib3.poolmanager": {"PoolManager.__init__": "urllib3.PoolManager"},
}


class _Work:
    __slots__ = ("durations_ms", "events", "seen_ms")

    def __init__(self) -> None:
        self.durations_ms: list[float] = []
        self.seen_ms: list[float] = []
        self.events: set[int | None] = set()


class Clients:
    """Every call that made a client during an event, by the own line that asked for it."""

    def __init__(self, package: Package, thread_id: Callable[[], int]) -> None:
        self._package = package
        self._thread_id = thread_id
        self._inside: set[int] = set()
        self._work: dict[tuple[str, int, str], _Work] = {}
        self._event: int | None = None
        self._is_watched = False

    def event_begins(self, number: int, *, is_watched: bool) -> None:
        """Count calls toward event ``number``; in a watched event they are slower than they are by themselves."""
        self._event, self._is_watched = number, is_watched

    def event_ends(self) -> None:
        """Count no calls until the next event."""
        self._event = None

    def follow(self, name: str, module: object) -> None:
        """Follow what makes clients in a module that was just loaded."""
        for path, label in CREATORS.get(name, {}).items():
            *owner, attribute = path.split(".")
            holder = getattr(module, owner[0], None) if owner else module
            original = getattr(holder, attribute, None)
            if callable(original):
                setattr(holder, attribute, self._following(original, label))

    def records(self) -> list[Record]:
        """What the report shows, in the order the calls were first made. Durations of unwatched events where any."""
        return [
            {
                "path": self._package.name(path),
                "line": line,
                "source": self._package.source(path, line),
                "what": label,
                "durations_ms": work.durations_ms or work.seen_ms,
                "events": len(work.events),
            }
            for (path, line, label), work in self._work.items()
        ]

    def _following(self, original: Callable[..., Any], label: str) -> Callable[..., Any]:
        @wraps(original)
        def create(*args: Any, **kwargs: Any) -> Any:
            place = self._enter()
            start_ns = perf_counter_ns()
            try:
                return original(*args, **kwargs)
            finally:
                if place is not None:
                    self._leave(place, label, duration_ms=(perf_counter_ns() - start_ns) / 1e6)

        return create

    def _enter(self) -> tuple[str, int] | None:
        """The own line that makes a client; None outside events and inside the making of another client."""
        if self._event is None or self._thread_id() in self._inside:
            return None
        frame: FrameType | None = sys._getframe(2)
        while frame is not None and not self._package.owns(frame.f_code.co_filename):
            frame = frame.f_back
        if frame is None:
            return None
        self._inside.add(self._thread_id())
        return frame.f_code.co_filename, frame.f_lineno

    def _leave(self, place: tuple[str, int], label: str, *, duration_ms: float) -> None:
        self._inside.discard(self._thread_id())
        work = self._work.setdefault((*place, label), _Work())
        (work.seen_ms if self._is_watched else work.durations_ms).append(round(duration_ms, 3))
        work.events.add(self._event)
