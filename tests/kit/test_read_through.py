"""The second tier, on a real Redis: what it keeps, and that whatever fails there costs neither an answer nor a load."""

import json
import logging
import pickle
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from services_fixture import OwnServices

from headstart_kit.caching import cached
from headstart_kit.redis_client import redis as redis_of_the_kit
from headstart_kit.second_tier import MISSING, RedisTier, read_through


class Loader:
    """A function that counts its calls."""

    def __init__(self, answer: Callable[[Any], Any] = lambda key: {"key": key}) -> None:
        self.calls = 0
        self.answer = answer

    def through(self, client: Any, **settings: Any) -> Any:
        """The function, as another environment has it: read through the client."""

        @read_through(client, **{"ttl_s": 60, "prefix": "product:", **settings})
        def product(*args: Any, **kwargs: Any) -> Any:
            self.calls += 1
            return self.answer(*args, **kwargs)

        return product


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url, socket_timeout=2) as client:
        yield client


def counts(product: Any, *names: str) -> list[int]:
    return [product.stats.as_dict()[name] for name in names]


def test_d41_the_cache_is_used_by_whatever_client(client: redis.Redis, redis_url: str):
    loader = Loader()
    of_the_kit = redis_of_the_kit(redis_url)
    here, there = loader.through(client), loader.through(of_the_kit)
    assert [here("p1"), here("p1"), there("p1")] == [{"key": "p1"}] * 3
    assert loader.calls == 1
    assert counts(here, "hits", "misses", "errors") == [1, 1, 0]
    assert counts(there, "hits", "misses", "errors") == [1, 0, 0]
    of_the_kit.close()


def test_d41_a_client_that_cannot_be_made_is_counted_and_said(caplog: pytest.LogCaptureFixture):
    loader = Loader()

    def wrong() -> Any:
        return redis.Redis(connection_pool_max_connections=10)

    product = loader.through(wrong)
    with caplog.at_level(logging.WARNING):
        assert [product("p1"), product("p1")] == [{"key": "p1"}] * 2
    assert loader.calls == 2
    assert counts(product, "errors", "skipped", "misses") == [1, 1, 2]
    assert [record.getMessage() for record in caplog.records] == [
        "the cache in Redis cannot read (TypeError), going on without"
    ]


def test_d51_a_time_to_live_that_cannot_be_is_refused_where_it_is_written(client: redis.Redis):
    for ttl_s in (0, -1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match=r"^ttl_s is .*; allowed: 0.001 or more$"):
            read_through(client, ttl_s=ttl_s)
    with pytest.raises(ValueError, match=r"^negative_ttl_s is -1; allowed: 0 or more$"):
        read_through(client, ttl_s=1, negative_ttl_s=-1)
    with pytest.raises(ValueError, match=r"^jitter_ratio is 1; allowed: 0 up to, but not, 1$"):
        read_through(client, ttl_s=1, jitter_ratio=1)


def test_d51_a_write_that_fails_loads_once(own_services: OwnServices):
    client = redis.Redis.from_url(own_services("redis").environment["REDIS_URL"])
    client.config_set("maxmemory", 1)
    loader = Loader()
    product = loader.through(client)
    assert product("p1") == {"key": "p1"}
    assert loader.calls == 1
    assert counts(product, "errors", "misses") == [1, 1]
    client.close()


def test_values_expire_apart_from_each_other(client: redis.Redis):
    product = Loader().through(client, ttl_s=100, jitter_ratio=0.2)
    for i in range(50):
        product(i)
    left_ms = [client.pttl(f"product:{i}") for i in range(50)]
    assert 79_000 < min(left_ms) <= max(left_ms) <= 100_000
    assert max(left_ms) - min(left_ms) > 5_000


def test_jitter_takes_away_what_chance_says(client: redis.Redis):
    tier = RedisTier(client, jitter_ratio=0.5, chance=lambda: 0.5)
    tier.put("name", 1, ttl_s=100)
    assert 74_000 < client.pttl("name") <= 75_000


def test_a_value_is_gone_after_its_time(client: redis.Redis):
    loader = Loader()
    product = loader.through(client, ttl_s=0.05)
    product("p1"), product("p1"), time.sleep(0.06), product("p1")
    assert loader.calls == 2


def test_nothing_is_kept_apart_from_there_being_nothing(client: redis.Redis):
    loader = Loader(lambda key: None)
    product = loader.through(client)
    assert [product("p1"), product("p1")] == [None, None]
    assert loader.calls == 2
    product = loader.through(client, negative_ttl_s=30)
    assert [product("p1"), product("p1")] == [None, None]
    assert loader.calls == 3
    assert counts(product, "hits", "misses") == [1, 1]
    assert 26_000 < client.pttl("product:p1") <= 30_000


def test_an_error_of_the_function_is_not_kept(client: redis.Redis):
    loader = Loader(lambda key: 1 / 0)
    product = loader.through(client)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            product("p1")
    assert loader.calls == 2
    assert client.keys() == []
    assert counts(product, "errors") == [0]


def test_a_broken_value_is_loaded_once_and_written_over(client: redis.Redis):
    client.set("product:p1", b"\xff{not json")
    loader = Loader()
    product = loader.through(client)
    assert [product("p1"), product("p1")] == [{"key": "p1"}] * 2
    assert loader.calls == 1
    assert counts(product, "errors", "hits", "skipped") == [1, 1, 0]
    assert json.loads(client.get("product:p1")) == {"key": "p1"}


def test_a_name_that_holds_something_else_costs_neither_answer_nor_load(client: redis.Redis):
    client.rpush("product:p1", "a list")
    loader = Loader()
    product = loader.through(client)
    assert product("p1") == {"key": "p1"}
    assert loader.calls == 1
    assert counts(product, "errors") == [1]


def test_what_cannot_be_encoded_is_answered_all_the_same(client: redis.Redis):
    loader = Loader(lambda key: {1, 2})
    product = loader.through(client)
    assert [product("p1"), product("p1")] == [{1, 2}, {1, 2}]
    assert counts(product, "errors", "misses", "skipped") == [2, 2, 0]
    product = loader.through(client, codec=pickle)
    assert [product("p1"), product("p1")] == [{1, 2}, {1, 2}]
    assert counts(product, "hits", "errors") == [1, 0]


def test_a_server_that_is_killed_is_tried_rarely_and_used_again_when_it_is_back(own_services: OwnServices):
    services = own_services("redis")
    client = redis.Redis.from_url(services.environment["REDIS_URL"], socket_timeout=0.5)
    loader = Loader()
    product = loader.through(client)
    product("p1")
    services["redis"].kill()
    assert [product("p1") for _ in range(100)] == [{"key": "p1"}] * 100
    assert loader.calls == 101
    errors, skipped = counts(product, "errors", "skipped")
    assert (errors + skipped, errors < 10) == (100, True)
    services["redis"].start()
    give_up = time.monotonic() + 60
    before = loader.calls
    while product.stats.hits == 0 and time.monotonic() < give_up:
        product("p2")
        time.sleep(0.05)
    assert product.stats.hits == 1
    assert loader.calls - before == product.stats.misses - 101
    client.close()


def test_a_server_that_never_answers_takes_a_tenth_of_the_time():
    frozen_s = 0.0
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = redis.Redis(port=silent.getsockname()[1], socket_timeout=0.1, retry=None)

        def moment() -> tuple[float, float]:
            return time.time() + frozen_s, time.monotonic()

        tier = RedisTier(client, moment=moment)
        assert tier.get("name") is MISSING
        assert counts(tier, "errors", "skipped") == [1, 0]
        for _ in range(20):
            assert tier.get("name") is MISSING
            tier.put("name", 1, ttl_s=60)
        assert counts(tier, "errors", "skipped") == [1, 20]
        frozen_s = 400.0
        assert tier.get("name") is MISSING
        assert counts(tier, "errors", "skipped") == [2, 20]
        client.close()


def test_under_the_cache_in_memory_it_is_the_second_tier(client: redis.Redis):
    loader = Loader()
    here = cached(ttl_s=60)(loader.through(client))
    there = cached(ttl_s=60)(loader.through(client))
    assert [here("p1"), here("p1"), there("p1"), there("p1")] == [{"key": "p1"}] * 4
    assert loader.calls == 1
    assert (here.stats.hits, here.stats.misses) == (1, 1)
    assert (here.__wrapped__.stats.misses, there.__wrapped__.stats.hits) == (1, 1)


def test_names_are_what_a_person_would_write(client: redis.Redis):
    loader = Loader(lambda *args, **kwargs: 1)
    product = loader.through(client)
    product("p1"), product(42), product("a:b", "ü", None), product("x", size=2.5, dear=True), product()
    assert sorted(name.decode() for name in client.scan_iter()) == [
        "product:",
        "product:42",
        "product:a%3Ab:ü:~None",
        "product:p1",
        "product:x:dear=~True:size=~2.5",
    ]

    @read_through(client, ttl_s=1)
    def named_after_itself() -> int:
        return 1

    named_after_itself()
    assert client.exists(f"{__name__}.{named_after_itself.__qualname__}:")


def test_text_that_cannot_be_sent_does_not_stop_the_cache(client: redis.Redis):
    product = Loader(lambda key: 1).through(client)
    assert [product("\udc80"), product("\udc80")] == [1, 1]
    assert counts(product, "hits", "errors") == [1, 0]


def test_an_argument_that_has_no_name_says_what_to_pass(client: redis.Redis):
    product = Loader().through(client)
    with pytest.raises(TypeError, match=r"\{'id': 1\} cannot be part of a name in Redis; allowed: str, int, .*; pass"):
        product({"id": 1})


def test_what_is_forgotten_is_loaded_anew_and_not_to_reach_the_server_is_an_error(own_services: OwnServices):
    services = own_services("redis")
    client = redis.Redis.from_url(services.environment["REDIS_URL"], socket_timeout=0.5)
    loader = Loader()
    product = loader.through(client)
    product("p1"), product.forget("p1"), product("p1")
    assert loader.calls == 2
    services["redis"].kill()
    with pytest.raises(redis.ConnectionError):
        product.forget("p1")
    client.close()


def test_what_can_be_used_only_once_is_refused(client: redis.Redis):
    async def product() -> None: ...

    with pytest.raises(TypeError, match=r"read_through: .*product returns a coroutine"):
        read_through(client, ttl_s=1)(product)
