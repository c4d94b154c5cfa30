"""`read_through`: keep what a function returns in Redis, where all execution environments share it."""

from __future__ import annotations

import functools
import json
import logging

from headstart_kit import clock
from headstart_kit.cache import moments
from headstart_kit.cache.moments import Pause
from headstart_kit.cache.plain_functions import require_plain
from headstart_kit.cache.stats import CacheStats

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, ParamSpec, Protocol, TypeVar

    from headstart_kit.cache.moments import Moment

    P = ParamSpec("P")
    R_co = TypeVar("R_co", covariant=True)

    class RedisClient(Protocol):
        """The part of redis-py, and of valkey-py, that is used."""

        def get(self, name: str) -> Any:
            """The value, or None."""
            ...

        def set(self, name: str, value: Any, *, px: int) -> Any:
            """Keep the value for so many ms."""
            ...

        def delete(self, *names: str) -> Any:
            """Remove the names."""
            ...

    class Codec(Protocol):
        """What makes text or bytes of a value, and back: json, orjson, pickle."""

        def dumps(self, value: Any, /) -> str | bytes:
            """To what Redis keeps."""
            ...

        def loads(self, data: Any, /) -> Any:
            """From what Redis kept."""
            ...

    class ReadThroughFunction(Protocol[P, R_co]):
        """A function whose results are kept in Redis."""

        stats: CacheStats

        def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
            """What Redis has for these arguments, or what the function returns now."""
            ...

        def forget(self, *args: P.args, **kwargs: P.kwargs) -> None:
            """Remove it from Redis. Raises what the client raises."""
            ...


MISSING = object()
_JITTER_RATIO = 0.1


def read_through(
    redis: RedisClient | Callable[[], RedisClient],
    *,
    ttl_s: float,
    negative_ttl_s: float = 0.0,
    jitter_ratio: float = _JITTER_RATIO,
    prefix: str | None = None,
    codec: Codec = json,
) -> Callable[[Callable[P, R_co]], ReadThroughFunction[P, R_co]]:
    """Keep what the decorated function returns in Redis or Valkey, for all environments; a second tier under `cached`::

        @cached(ttl_s=10)
        @read_through(cache, ttl_s=300)
        def product(product_id: str) -> dict: ...

    ``redis`` is a client or, when called, gives one, as `redis()` of the kit does. A value is kept for ``ttl_s``
    seconds, less up to ``jitter_ratio`` of that by chance, so that what was loaded together does not expire together.
    The result None is kept for ``negative_ttl_s``; 0 does not keep it. Errors are not kept. What was kept comes back as
    ``codec`` makes it: from json a tuple is a list.

    Whatever fails at the cache, a read, a write, a value that cannot be encoded or decoded: the function runs once, and
    its result is answered. Failures are counted, and logged once of a kind. After one of the client the cache is left
    alone for ten times as long as that took, and at least a second; ``stats.skipped`` counts the reads without it.

    A name in Redis is ``prefix`` (the function's full name where not given) and the arguments: ``app.product:p1``. They
    must be str, int, float, bool or None; 1 and "1" are one.

    Raises:
        ValueError: a number is out of its range.
        TypeError: the function is asynchronous or a generator; at a call, an argument of another type.
    """
    if not 0.001 <= ttl_s < float("inf"):
        raise ValueError(f"ttl_s is {ttl_s}; allowed: 0.001 or more")
    if not 0 <= negative_ttl_s < float("inf"):
        raise ValueError(f"negative_ttl_s is {negative_ttl_s}; allowed: 0 or more")
    tier = RedisTier(redis, jitter_ratio=jitter_ratio, codec=codec)

    def decorate(load: Callable[P, R_co]) -> ReadThroughFunction[P, R_co]:
        require_plain(load, decorator="read_through")
        named = f"{load.__module__}.{load.__qualname__}:" if prefix is None else prefix

        @functools.wraps(load)
        def call(*args: Any, **kwargs: Any) -> Any:
            name = named + _arguments(args, kwargs)
            kept = tier.get(name)
            if kept is not MISSING:
                tier.stats.hits += 1
                return kept
            tier.stats.misses += 1
            value: Any = load(*args, **kwargs)
            tier.put(name, value, ttl_s=negative_ttl_s if value is None else ttl_s)
            return value

        def forget(*args: Any, **kwargs: Any) -> None:
            tier.remove(named + _arguments(args, kwargs))

        vars(call).update(stats=tier.stats, forget=forget)
        reading: ReadThroughFunction[P, R_co] = call  # type: ignore[assignment]
        return reading

    return decorate


def _arguments(args: tuple[object, ...], kwargs: dict[str, object]) -> str:
    """The arguments as text that no other arguments have, but a number and its text."""
    named = (f"{name}={_text(value)}" for name, value in sorted(kwargs.items()))
    return ":".join([*map(_text, args), *named])


def _text(argument: object) -> str:
    if isinstance(argument, str):
        for mark in "%:=~\\":
            argument = argument.replace(mark, f"%{ord(mark):02X}")
        return argument.encode("utf-8", "backslashreplace").decode() or "%"
    if argument is None or isinstance(argument, bool | float):
        return f"~{argument}"
    if isinstance(argument, int):
        return str(argument)
    raise TypeError(
        f"read_through: {argument!r:.100} cannot be part of a name in Redis; "
        "allowed: str, int, float, bool, None; pass the text that identifies it"
    )


class RedisTier:
    """Values by name in Redis. What fails there is counted, logged, and left alone for a while."""

    __slots__ = ("_chance", "_codec", "_jitter_ratio", "_logged", "_moment", "_pause", "_redis", "stats")

    def __init__(
        self,
        redis: RedisClient | Callable[[], RedisClient],
        *,
        jitter_ratio: float = _JITTER_RATIO,
        codec: Codec = json,
        moment: Callable[[], Moment] = moments.moment,
        chance: Callable[[], float] = clock.chance,
    ) -> None:
        """Raises ValueError: ``jitter_ratio`` is not from 0 up to 1."""
        if not 0 <= jitter_ratio < 1:
            raise ValueError(f"jitter_ratio is {jitter_ratio}; allowed: 0 up to, but not, 1")
        self._redis = redis
        self._jitter_ratio = jitter_ratio
        self._codec = codec
        self._moment = moment
        self._chance = chance
        self._pause = Pause()
        self._logged: set[tuple[str, str]] = set()
        self.stats = CacheStats()

    def get(self, name: str) -> Any:
        """The value; MISSING where there is none, or none that can be read."""
        if self._pause.is_on(self._moment()):
            self.stats.skipped += 1
            return MISSING
        kept = self._ask("read", lambda client: client.get(name))
        if kept is None or kept is MISSING:
            return MISSING
        try:
            return self._codec.loads(kept)
        except Exception as error:
            return self._failed("decode", error)

    def put(self, name: str, value: object, *, ttl_s: float) -> None:
        """Keep the value, about so long."""
        if ttl_s <= 0 or self._pause.is_on(self._moment()):
            return
        try:
            data = self._codec.dumps(value)
        except Exception as error:
            self._failed("encode", error)
            return
        expires_ms = max(1, round(ttl_s * 1000 * (1 - self._jitter_ratio * self._chance())))
        self._ask("write", lambda client: client.set(name, data, px=expires_ms))

    def remove(self, name: str) -> None:
        """Remove the name. Raises what the client raises: who says that a value is outdated must know that it stays."""
        self._client().delete(name)

    def _client(self) -> RedisClient:
        return self._redis() if callable(self._redis) else self._redis

    def _ask(self, what: str, question: Callable[[RedisClient], object]) -> object:
        begun = self._moment()
        try:
            return question(self._client())
        except Exception as error:
            failed = self._moment()
            self._pause.begin(failed, cost_s=failed[1] - begun[1])
            return self._failed(what, error)

    def _failed(self, what: str, error: Exception) -> object:
        self.stats.errors += 1
        kind = (what, type(error).__name__)
        if kind not in self._logged:
            self._logged.add(kind)
            logging.getLogger(__name__).warning("the cache in Redis cannot %s (%s), going on without", *kind)
        return MISSING
