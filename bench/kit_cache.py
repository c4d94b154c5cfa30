"""What `cached` and `read_through` cost: a hit, a miss, a rush on one key, and a Redis that is down or silent.

By hand is the course's way with its client put right: get, else load and set, and on any failure load.
"""

import functools
import itertools
import json
import logging
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

import redis
from rows import Row, arguments, finish
from turns import in_turns, ratio, spread

from headstart.services.running import running
from headstart_kit.caching import cached
from headstart_kit.redis_client import redis as redis_of_the_kit
from headstart_kit.second_tier import read_through

_CALLS = 2000
_THREADS = 20
_LOAD_S = 0.05
_VALUE = {"id": "p1", "name": "lamp", "price_cents": 4200, "tags": ["light", "home"]}


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=30, help=f"blocks of {_CALLS} calls for each side")
    options = parser.parse_args()
    logging.disable()  # read_through says once that Redis fails
    rows = [*_in_memory(options.rounds), *_rush(), *_redis(options.rounds), *_silent()]
    finish(rows, options)


def _value(key: object = None) -> dict[str, Any]:
    return _VALUE


def _in_memory(rounds: int) -> Iterator[Row]:
    plain, bounded = cached(ttl_s=3600)(_value), cached(ttl_s=3600, max_mb=8)(_value)
    standard, numbers = functools.lru_cache(_value), itertools.count()
    sides: dict[str, Callable[[], object]] = {
        "hit": lambda: plain("p1"),
        "hit, by keyword": lambda: plain(key="p1"),
        "lru_cache": lambda: standard("p1"),
        "miss": lambda: plain(next(numbers)),
        "miss, measured": lambda: bounded(next(numbers)),
    }
    times = in_turns(sides, rounds=rounds, calls=_CALLS)
    by_name, measured = times["hit, by keyword"], times["miss, measured"]
    yield Row("a hit", median(times["hit"]), "us", "<= 1", spread(times["hit"], calls=_CALLS))
    yield ratio(times, "hit", "lru_cache", what="a hit / functools.lru_cache, which has no time to live")
    yield Row("a hit, by keyword", median(by_name), "us", "", spread(by_name, calls=_CALLS))
    yield Row("a miss, with an eviction", median(times["miss"]), "us", "", spread(times["miss"], calls=_CALLS))
    yield Row("a miss, with max_mb", median(measured), "us", "", spread(measured, calls=_CALLS))


def _rush() -> Iterator[Row]:
    for name, decorate, bar in (("cached", cached(ttl_s=60), "<= 1"), ("functools.lru_cache", functools.lru_cache, "")):
        loads: list[str] = []
        get = decorate(functools.partial(_slow, loads))
        threads = [threading.Thread(target=get, args=("p1",)) for _ in range(_THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        detail = f"a load takes {_LOAD_S * 1000:.0f} ms"
        yield Row(f"loads when {_THREADS} threads ask for one key: {name}", len(loads), "", bar, detail)


def _slow(loads: list[str], key: str) -> None:
    loads.append(key)
    time.sleep(_LOAD_S)


def _redis(rounds: int) -> Iterator[Row]:
    with running(["redis"], password=secrets.token_hex(8)) as services:
        url = services.environment["REDIS_URL"]
        client = redis.Redis.from_url(url)
        product = read_through(client, ttl_s=600, prefix="product:")(_value)
        product("p1")
        sides = {"read_through": lambda: product("p1"), "by hand": lambda: json.loads(client.get("product:p1"))}
        times = in_turns(sides, rounds=rounds, calls=100)
        yield ratio(times, "read_through", "by hand", what="a hit in Redis / get and json.loads by hand", bar="<= 1.25")
        services["redis"].kill()
        ours, theirs = read_through(client, ttl_s=600)(_value), _by_hand(client)
        yield _outage("Redis is down", {"read_through": ours, "by hand": theirs}, seconds=5, bar="<= 0.5")
        client.close()


def _silent() -> Iterator[Row]:
    """A server that takes connections and never answers, with the timeouts of the kit's client on both sides."""
    with socket.create_server(("127.0.0.1", 0), backlog=500) as server:
        client = redis_of_the_kit(f"redis://127.0.0.1:{server.getsockname()[1]}")
        ours, theirs = read_through(client, ttl_s=600)(_value), _by_hand(client())
        yield _outage("Redis never answers", {"read_through": ours, "by hand": theirs}, seconds=12, bar="<= 0.15")
        client.close()


def _by_hand(client: Any) -> Callable[[str], dict[str, Any]]:
    def product(key: str) -> dict[str, Any]:
        try:
            kept = client.get(key)
            if kept:
                return json.loads(kept)
            client.set(key, json.dumps(_VALUE), ex=600)
        except Exception:
            return _value(key)
        return _value(key)

    return product


def _outage(what: str, sides: dict[str, Callable[[str], object]], *, seconds: float, bar: str) -> Row:
    """Ten reads a second for so long; the share of the time that reads take, ours over theirs."""
    spent: dict[str, list[float]] = {}
    for side, product in sides.items():
        until = time.monotonic() + seconds
        spent[side] = []
        while time.monotonic() < until:
            begun = time.perf_counter()
            product("p1")
            spent[side].append(time.perf_counter() - begun)
            time.sleep(0.1)
    ours, theirs = (sum(times) / len(times) * 1000 for times in spent.values())
    detail = ", ".join(f"{side}: n = {len(times)}, worst {max(times) * 1000:.0f} ms" for side, times in spent.items())
    return Row(f"{what}: a read / by hand", ours / theirs, "x", bar, f"{ours:.3g} / {theirs:.3g} ms; {detail}")


if __name__ == "__main__":
    main()
