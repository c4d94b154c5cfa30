"""Redis answers in time or fails in time, is replaced unseen when it died while idle, and is never told twice."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
import redis as redis_py
from stalling_proxy import StallingProxy

from headstart.services.running import Services
from headstart_kit import deadline
from headstart_kit.deadline import Deadline
from headstart_kit.errors import DeadlineError, ResourceError, SettingError
from headstart_kit.redis_client import MAX_CONNECTIONS, find_library, make_client, redis
from headstart_kit.redis_settings import LONG_IDLE_S, read_address
from headstart_kit.settings import Secret


@pytest.fixture
def admin(redis_url: str) -> Iterator["redis_py.Redis"]:
    with redis_py.Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def within_ms() -> Iterator[Callable[[float], None]]:
    """Begin an invocation that has so many ms left."""
    before = deadline.current()
    yield lambda ms: deadline.begin(Deadline(ms, margin_ms=0)) and None
    deadline.begin(before)


def test_it_is_declared_from_the_environment(redis_url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("REDIS_URL", redis_url)
    cache = redis(decode_responses=True)
    assert not cache.is_made
    cache().set("greeting", "grüezi")
    assert cache().get("greeting") == "grüezi"
    assert cache() is cache()
    cache.close()


def test_a_url_goes_before_variables():
    variables = {"CACHE_URL": "valkey://h/0", "CACHE_HOST": "x"}
    address = read_address(None, prefix="CACHE_", environ=variables)
    assert isinstance(address, Secret)
    assert address.reveal() == "redis://h/0"
    given = read_address("rediss://:hunter2@h:1/2", prefix="CACHE_", environ=variables)
    assert isinstance(given, Secret)
    assert given.reveal() == "rediss://:hunter2@h:1/2"


def test_variables_are_typed_and_the_password_is_a_secret(redis_url: str):
    variables = {"REDIS_HOST": "h", "REDIS_PORT": "6380", "REDIS_PASSWORD": "hunter2", "REDIS_TLS": "true"}
    address = read_address(None, prefix="REDIS_", environ=variables)
    assert isinstance(address, dict)
    assert "hunter2" not in repr(address)
    password = address.pop("password")
    assert password.reveal() == "hunter2"
    assert address == {"host": "h", "port": 6380, "db": 0, "username": None, "tls": True}
    pool = make_client(address | {"password": password}).connection_pool
    assert issubclass(pool.connection_class, redis_py.SSLConnection)
    parts = urlsplit(redis_url)
    variables = {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": str(parts.port), "REDIS_PASSWORD": str(parts.password)}
    assert make_client(read_address(None, prefix="REDIS_", environ=variables)).ping()


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({}, r"^REDIS_URL is missing: set it, or REDIS_HOST, to where Redis is$"),
        ({"REDIS_URL": "http://:hunter2@h"}, r"^REDIS_URL is not like redis://user:password@host:port/0"),
        ({"REDIS_HOST": "h", "REDIS_PORT": "x"}, r"^REDIS_PORT is 'x'; allowed: a whole number$"),
        ({"REDIS_HOST": "h", "REDIS_TLS": "maybe"}, r"^REDIS_TLS is 'maybe'; allowed: true"),
    ],
)
def test_what_is_missing_or_wrong_is_named_in_init(environ: dict[str, str], message: str):
    with pytest.raises(SettingError, match=message) as raised:
        read_address(None, prefix="REDIS_", environ=environ)
    assert "hunter2" not in str(raised.value)


def test_a_url_that_cannot_be_read_is_not_quoted():
    with pytest.raises(ResourceError, match="the URL of Redis is not like") as raised:
        make_client(Secret("redis://h:hunter2/0"))
    assert "hunter2" not in str(raised.value)
    assert raised.value.__suppress_context__


def test_the_library_that_is_there_is_used():
    assert find_library(set()) is redis_py
    assert find_library({"valkey"}) is redis_py, "valkey is not installed here"


def test_d41_the_pool_is_made_with_options_that_exist(redis_url: str):
    client = make_client(Secret(redis_url))
    assert client.connection_pool.max_connections == MAX_CONNECTIONS
    client.set("key", "value", ex=60)
    assert client.get("key") == b"value"


def test_a_connection_is_one_round_trip(redis_url: str, admin: "redis_py.Redis"):
    before = admin.info("commandstats")
    make_client(Secret(redis_url)).ping()
    after = admin.info("commandstats")
    calls = {name: after[name]["calls"] - before.get(name, {"calls": 0})["calls"] for name in after}
    calls = {name: count for name, count in calls.items() if count and name != "cmdstat_info"}
    assert calls == {"cmdstat_hello": 1, "cmdstat_ping": 1}


def test_one_that_refuses_fails_at_once():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(redis_py.ConnectionError, match="refused"):
        make_client(Secret(f"redis://127.0.0.1:{port}/0")).ping()


def test_one_that_never_answers_is_given_up_in_time_for_the_deadline(within_ms):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = make_client(Secret(f"redis://127.0.0.1:{listener.getsockname()[1]}/0"), timeout_s=100)
        within_ms(200)
        with pytest.raises(redis_py.TimeoutError):
            client.ping()
        assert deadline.current().remaining_ms == 0
        with pytest.raises(DeadlineError):
            client.ping()


def test_a_connection_that_is_open_waits_no_longer_either(redis_url: str, within_ms):
    client = make_client(Secret(redis_url), timeout_s=100)
    assert client.ping()
    within_ms(200)
    begun = time.monotonic()
    with pytest.raises(redis_py.TimeoutError):
        client.blpop("nothing", 100)
    assert time.monotonic() - begun < 20
    within_ms(0)
    with pytest.raises(DeadlineError):
        client.ping()
    within_ms(3000)
    assert client.ping()


def test_no_command_is_sent_twice(redis_url: str, admin: "redis_py.Redis"):
    port = urlsplit(redis_url).port
    proxy = StallingProxy(port)
    client = make_client(Secret(redis_url.replace(f":{port}/", f":{proxy.port}/")), timeout_s=0.2)
    assert client.incr("orders") == 1
    proxy.stall(answers_only=True)
    with pytest.raises(redis_py.TimeoutError):
        client.incr("orders")
    assert admin.get("orders") == b"2"
    assert client.incr("orders") == 3
    proxy.close()


def test_after_long_idle_one_that_leads_nowhere_is_not_tried(redis_url: str):
    port = urlsplit(redis_url).port
    proxy = StallingProxy(port)
    now = [1000.0]
    client = make_client(Secret(redis_url.replace(f":{port}/", f":{proxy.port}/")), timeout_s=0.5, now_s=lambda: now[0])
    assert client.ping()
    proxy.stall()
    now[0] += LONG_IDLE_S + 1
    assert client.ping()
    proxy.close()


def test_one_that_was_killed_is_replaced_unseen(redis_url: str, admin: "redis_py.Redis"):
    client = make_client(Secret(redis_url))
    number = client.client_id()
    admin.client_kill_filter(_id=number)
    assert client.client_id() != number


def test_threads_have_a_connection_each(redis_url: str):
    client = make_client(Secret(redis_url))
    threads = [threading.Thread(target=client.incr, args=["count"]) for _ in range(MAX_CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert client.get("count") == str(MAX_CONNECTIONS).encode()


def test_a_forked_process_has_its_own(redis_url: str):
    cache = redis(redis_url)
    parent, number = cache(), cache().client_id()
    pid = os.fork()
    if pid == 0:
        try:
            os._exit(0 if cache() is not parent and cache().client_id() != number else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert cache().client_id() == number
    cache.close()


def test_servers_that_forget_idle_clients_are_forgiven(own_services: Callable[..., Services]):
    url = own_services("redis").environment["REDIS_URL"]
    client = make_client(Secret(url))
    client.config_set("timeout", 1)
    number = client.client_id()
    with redis_py.Redis.from_url(url) as watcher:
        # The server looks at its clients now and then: wait until it has dropped this one.
        deadline_s = time.monotonic() + 20
        while any(int(other["id"]) == number for other in watcher.client_list()) and time.monotonic() < deadline_s:
            time.sleep(0.1)
    assert client.client_id() != number
