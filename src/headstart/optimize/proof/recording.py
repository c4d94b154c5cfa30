"""What was asked of servers and what they answered, by the place in the replay at which it was asked."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from headstart.model.invocation import Event
from headstart.optimize.proof.messages import Head

# Of two requests that are alike but for these only one is answered with what the other got.
_ASKING_HEADERS: Final = ("x-amz-target", "soapaction")
_CHOOSING_HEADERS: Final = ("accept", "accept-encoding", "range", "if-match", "if-none-match", "if-modified-since")

Place = tuple[tuple[Event, ...], int]
"""The events that an environment has been sent, the last being handled, and how often the pass had come to that."""


class Request(msgspec.Struct, frozen=True):
    """What is asked for (``what``), and the digest of how (``how``): query, chosen forms, and body."""

    to: str
    method: str
    what: str
    how: str

    @property
    def text(self) -> str:
        """In words."""
        return f"{self.method} {self.what} at {self.to}"


def request(head: Head, body: bytes, *, to: str) -> Request:
    """The request that ``head`` and ``body`` make to the server ``to``."""
    method, target, _ = head.words
    path, _, query = target.partition("?")
    asked = [head.headers[name] for name in _ASKING_HEADERS if name in head.headers]
    chosen = [f"{name}: {head.headers.get(name)}" for name in _CHOOSING_HEADERS]
    digest = hashlib.sha256("\n".join([query, *chosen, ""]).encode() + body).hexdigest()
    return Request(to, method, " ".join([path, *asked]), digest)


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """A request and its response, as bytes. ``interim`` is what came before the response (100 Continue).

    ``is_early``: the response was there before the request's body, for which the server did not wait. ``is_late``: the
    client had hung up before it was there. ``closes``: it ended the connection. ``switches``: what followed was no
    longer HTTP.
    """

    request: Request
    interim: bytes = b""
    response: bytes = b""
    is_early: bool = False
    is_late: bool = False
    closes: bool = False
    switches: bool = False


class Recording:
    """Every exchange, by place. Each is played back once in a pass.

    ``answers`` counts them by server. ``passed`` are servers of which something is not recorded, since it is not
    HTTP/1.1; ``speaks_first`` those of them that clients wait for.
    """

    def __init__(self) -> None:
        self._exchanges: dict[Place, list[Exchange]] = {}
        self._connections: dict[tuple[Place, str], list[int]] = {}
        self._played: set[int] = set()
        self._connected: Counter[tuple[Place, str]] = Counter()
        self._visits: Counter[tuple[Event, ...]] = Counter()
        self._may_record = False
        self.place: Place = ((), 0)
        self.records = False
        self.answers: Counter[str] = Counter()
        self.passed: set[str] = set()
        self.speaks_first: set[str] = set()

    def begin_pass(self, *, may_record: bool) -> None:
        """Everything can be played back once more; with ``may_record`` what is asked at new places is recorded."""
        self._played.clear()
        self._connected.clear()
        self._visits.clear()
        self._may_record = may_record
        self.place, self.records = ((), 0), False

    def begin_event(self, event: Event, *, fresh: bool) -> None:
        """An environment is sent ``event``, a new one where ``fresh``. ``records`` says what is done from here on."""
        events = (event,) if fresh else (*self.place[0], event)
        self.place = events, self._visits[events]
        self._visits[events] += 1
        self.records = self._may_record and self.place not in self._exchanges
        if self.records:
            self._exchanges[self.place] = []

    def keep(self, asked: Request) -> Callable[[Exchange], None]:
        """Add that ``asked`` is asked here; what is returned is to be called with what came of it, later maybe."""
        kept = self._exchanges[self.place]
        number = len(kept)
        kept.append(Exchange(request=asked, is_late=True, closes=True))
        self.answers[asked.to] += 1

        def replace(exchange: Exchange) -> None:
            kept[number] = exchange

        return replace

    def keep_connection(self, place: Place, to: str, *, error: int) -> None:
        """Add how connecting to ``to`` ended: 0, or the number of the error."""
        self._connections.setdefault((place, to), []).append(error)

    def find(self, asked: Request) -> Exchange | None:
        """The answer to ``asked``, and not again in this pass: to the very same request, or to one for the same in
        another form, for what is volatile in a request (an id, the time) is another in each run."""
        same = (each for each in self._left() if each.request == asked)
        found = next(same, None) or self.expected(asked)
        if found is not None:
            self._played.add(id(found))
        return found

    def expected(self, asked: Request) -> Exchange | None:
        """The first exchange left that is about the same as ``asked``."""
        return next((each for each in self._left() if _subject(each.request) == _subject(asked)), None)

    def connection(self, to: str) -> int:
        """How connecting to ``to`` ended, in order; 0 also where it was not tried."""
        here = self.place, to
        number = self._connected[here]
        self._connected[here] += 1
        kept = self._connections.get(here, [])
        return kept[number] if number < len(kept) else 0

    def _left(self) -> Iterator[Exchange]:
        return (each for each in self._exchanges.get(self.place, []) if id(each) not in self._played)


def _subject(request: Request) -> tuple[str, str, str]:
    return request.to, request.method, request.what
