"""`cached`: keep what a function returns, in the memory of the execution environment."""

from __future__ import annotations

import functools

from headstart_kit.cache.bounded_entries import BoundedEntries
from headstart_kit.cache.entry import Entry, Stale
from headstart_kit.cache.loading_cache import LoadingCache
from headstart_kit.cache.plain_functions import require_plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from typing import Any, ParamSpec, Protocol, TypeVar

    from headstart_kit.cache.stats import CacheStats

    P = ParamSpec("P")
    R_co = TypeVar("R_co", covariant=True)

    class CachedFunction(Protocol[P, R_co]):
        """A function that remembers what it returned."""

        stats: CacheStats

        def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
            """What is remembered for these arguments, or what the function returns now."""
            ...

        def __get__(self, owner: object, kind: type | None = None) -> Callable[..., R_co]:
            """The method, where it is one."""
            ...

        def forget(self, *args: P.args, **kwargs: P.kwargs) -> None:
            """Load anew what belongs to these arguments, at their next use."""
            ...

        def clear(self) -> None:
            """Load everything anew."""
            ...


_MB = 1024 * 1024
_KEYWORDS = object()


def cached(
    *,
    ttl_s: float,
    max_items: int = 1024,
    max_mb: float | None = None,
    negative_ttl_s: float = 0.0,
    stale: Stale | None = None,
    key: Callable[..., Hashable] | None = None,
) -> Callable[[Callable[P, R_co]], CachedFunction[P, R_co]]:
    """Remember what the decorated function returns, by its arguments::

        @cached(ttl_s=60, max_mb=8, stale=Stale(if_error_s=3600))
        def product(product_id: str) -> dict: ...

        product.stats.hits, product.forget("p1"), product.clear()

    A value is answered until it is ``ttl_s`` seconds old, counted from when its load began, by the wall clock: time in
    which the environment is frozen, or lies in a snapshot, counts. At most ``max_items`` are kept, and at most
    ``max_mb`` MB by the estimate of `value_bytes`; what was used longest ago goes first. When several threads ask for
    one key, one loads and the others get its result; without a deadline they wait as long as it takes.

    ``negative_ttl_s``: how long the result None, or a UserError (the caller's fault, so the same next time), is kept;
    0 keeps neither. Other errors are never kept. ``stale``: when an old value is better than none.

    ``key`` gives, from the same arguments, what to remember the result by. Without it these are the arguments, which
    must be hashable; equal ones, as 1 and 1.0, are one, but ``f(1)`` and ``f(x=1)`` are two. A method's ``self`` is one
    of them, and is kept alive by what is kept: give a key without it.

    The value itself is kept, not a copy: who changes it changes it for all.

    Raises:
        ValueError: a number is out of its range.
        TypeError: the function is asynchronous or a generator.
    """
    for name, number, least in (("max_items", max_items, 1), ("negative_ttl_s", negative_ttl_s, 0)):
        if not number >= least:
            raise ValueError(f"{name} is {number}; allowed: {least} or more")
    max_bytes = float("inf") if max_mb is None else max_mb * _MB
    for name, number in (("ttl_s", ttl_s), ("max_mb", max_bytes / _MB)):
        if not number > 0:
            raise ValueError(f"{name} is {number}; allowed: more than 0")

    def decorate(load: Callable[P, R_co]) -> CachedFunction[P, R_co]:
        require_plain(load, decorator="cached")
        entries: BoundedEntries[Entry] = BoundedEntries(max_items=max_items, max_bytes=max_bytes)
        cache = LoadingCache(load, entries, ttl_s=ttl_s, negative_ttl_s=negative_ttl_s, stale=stale or Stale())
        return remembering(load, cache, key=key)

    return decorate


def remembering(
    load: Callable[P, R_co], cache: LoadingCache, *, key: Callable[..., Hashable] | None = None
) -> CachedFunction[P, R_co]:
    """The function that answers from the cache, by the key of its arguments."""

    def key_of(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Hashable:
        if key:
            by: Hashable = key(*args, **kwargs)
            return by
        return (*args, _KEYWORDS, *sorted(kwargs.items())) if kwargs else args

    def forget(*args: Any, **kwargs: Any) -> None:
        cache.forget(key_of(args, kwargs))

    @functools.wraps(load)
    def call(*args: Any, **kwargs: Any) -> Any:
        by = args if key is None and not kwargs else key_of(args, kwargs)
        try:
            return cache.read(by, (args, kwargs))
        except TypeError as error:
            _require_hashable(by, error)
            raise

    vars(call).update(stats=cache.stats, clear=cache.clear, forget=forget)
    remembered: CachedFunction[P, R_co] = call  # type: ignore[assignment]
    return remembered


def _require_hashable(by: object, error: TypeError) -> None:
    try:
        hash(by)
    except TypeError:
        raise TypeError(f"{error}: give cached() a key=, a function of the same arguments") from None
