"""A cache's three commands: within their time, never told twice, over a connection that is replaced when it died."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
import redis as redis_py
from stalling_proxy import StallingProxy

from headstart.services.running import Services
from headstart_kit import deadline
from headstart_kit.deadline import Deadline
from headstart_kit.errors import DeadlineError, ResourceError, SettingError
from headstart_kit.redis_cache_client import RedisCache, redis_cache
from headstart_kit.redis_connection import Place
from headstart_kit.redis_settings import LONG_IDLE_S
from headstart_kit.second_tier import read_through
from headstart_kit.settings import Secret

LONG_MS = 60_000


@pytest.fixture
def admin(redis_url: str) -> Iterator["redis_py.Redis"]:
    with redis_py.Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def cache(redis_url: str) -> Iterator[RedisCache]:
    declared = redis_cache(redis_url)
    yield declared()
    declared.close()


@pytest.fixture
def within_ms() -> Iterator[Callable[[float], None]]:
    """Begin an invocation that has so many ms left."""
    before = deadline.current()
    yield lambda ms: deadline.begin(Deadline(ms, margin_ms=0)) and None
    deadline.begin(before)


def place_of(url: str, *, port: int | None = None) -> Place:
    parts = urlsplit(url)
    assert parts.port
    return Place("127.0.0.1", port or parts.port, password=Secret(parts.password or ""))


@pytest.mark.parametrize(
    "data",
    [b"", b"value", b"\r\n$-1\r\n", bytes(range(256)), os.urandom(1024 * 1024)],
    ids=["empty", "text", "like a reply", "every byte", "1 MB"],
)
def test_what_is_kept_comes_back(cache: RedisCache, data: bytes):
    assert cache.get("name") is None
    cache.set("name", data, px=LONG_MS)
    assert cache.get("name") == data
    cache.delete("name", "another")
    assert cache.get("name") is None


def test_text_is_kept_as_utf_8(cache: RedisCache):
    cache.set("grüezi", "ça va", px=LONG_MS)
    assert cache.get("grüezi") == "ça va".encode()


def test_to_delete_nothing_is_no_command(cache: RedisCache, admin: "redis_py.Redis"):
    before = admin.info("stats")["total_commands_processed"]
    cache.delete()
    assert admin.info("stats")["total_commands_processed"] == before + 1


def test_what_is_kept_expires(cache: RedisCache, admin: "redis_py.Redis"):
    cache.set("long", b"1", px=LONG_MS)
    assert LONG_MS - 30_000 < admin.pttl("long") <= LONG_MS
    cache.set("short", b"1", px=1)
    time.sleep(0.05)
    assert cache.get("short") is None


def test_it_is_declared_from_the_environment(redis_url: str, monkeypatch: pytest.MonkeyPatch):
    parts = urlsplit(redis_url)
    monkeypatch.setenv("CACHE_HOST", "127.0.0.1")
    monkeypatch.setenv("CACHE_PORT", str(parts.port))
    monkeypatch.setenv("CACHE_PASSWORD", str(parts.password))
    monkeypatch.setenv("CACHE_DB", "3")
    cache = redis_cache(prefix="CACHE_")
    assert not cache.is_made
    cache().set("name", b"in 3", px=LONG_MS)
    monkeypatch.setenv("REDIS_URL", redis_url.replace("/0", "/3"))
    for declared in (cache, redis_cache()):
        assert declared().get("name") == b"in 3"
        declared.close()
    elsewhere = redis_cache(redis_url)
    assert elsewhere().get("name") is None
    elsewhere.close()


@pytest.mark.parametrize(
    "url",
    [
        "http://:hunter2@h",
        "redis://h:hunter2/0",
        "redis://:hunter2@h/x",
        "redis://:hunter2@h/0?db=1",
        "redis://:hunter2@/0",
        "redis://:hunter2@[::1/0",
        "unix:///tmp/redis?password=hunter2",
    ],
)
def test_a_url_that_cannot_be_used_is_said_in_init_and_not_quoted(url: str):
    with pytest.raises(SettingError, match=r"^CACHE_URL is not like redis://user:password@host:port/0") as raised:
        redis_cache(url, prefix="CACHE_")
    assert "hunter2" not in str(raised.value)
    assert raised.value.__cause__ is raised.value.__context__ is None


def test_a_place_that_is_missing_is_said_in_init():
    with pytest.raises(SettingError, match=r"^NOWHERE_URL is missing: set it, or NOWHERE_HOST"):
        redis_cache(prefix="NOWHERE_")


def test_a_url_is_read_as_it_is_written(redis_url: str, admin: "redis_py.Redis"):
    port = urlsplit(redis_url).port
    admin.acl_setuser("al:ice", enabled=True, passwords=["+p@ss/w?rd#"], keys=["*"], commands=["+get", "+select"])
    try:
        cache = redis_cache(f"valkey://al%3Aice:p@ss%2Fw%3Frd%23@localhost:{port}/1")
        assert cache().get("name") is None
        with pytest.raises(ResourceError, match=r"^Redis refuses SET: NOPERM"):
            cache().set("name", b"1", px=LONG_MS)
        cache.close()
    finally:
        admin.acl_deluser("al:ice")


@pytest.mark.parametrize("user", ["", "nobody"])
def test_a_wrong_password_is_refused_and_not_quoted(redis_url: str, user: str):
    cache = redis_cache(f"redis://{user}:hunter2@127.0.0.1:{urlsplit(redis_url).port}")
    for _ in range(2):
        with pytest.raises(ResourceError, match=r"^Redis refuses AUTH: WRONGPASS") as raised:
            cache().get("name")
        assert "hunter2" not in str(raised.value)
    cache.close()


def test_after_a_refusal_it_goes_on(cache: RedisCache, admin: "redis_py.Redis"):
    admin.rpush("list", "item")
    with pytest.raises(ResourceError, match=r"^Redis refuses GET: WRONGTYPE"):
        cache.get("list")
    cache.set("list", b"value", px=LONG_MS)
    assert cache.get("list") == b"value"


def test_a_server_that_is_killed_and_started_again_is_used_again(own_services: Callable[..., Services]):
    servers = own_services("redis")
    declared = redis_cache(servers.environment["REDIS_URL"])
    declared().set("name", b"value", px=LONG_MS)
    servers["redis"].kill()
    for _ in range(2):
        with pytest.raises(ResourceError, match="Redis cannot be asked to GET: Connection"):
            declared().get("name")
    servers["redis"].start()
    assert declared().get("name") == b"value"
    declared.close()


@pytest.mark.parametrize("host", ["a..b", "no-such-host.invalid"])
def test_a_host_that_is_none_cannot_be_asked(host: str):
    with pytest.raises(ResourceError, match="Redis cannot be asked to GET"):
        RedisCache(Place(host, 6379)).get("name")


def test_a_port_that_is_none_cannot_be_asked():
    with pytest.raises(ResourceError, match="Redis cannot be asked to GET"):
        RedisCache(Place("127.0.0.1", 99_999)).get("name")


def test_one_that_never_answers_is_given_up_in_time():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        cache = RedisCache(Place("127.0.0.1", listener.getsockname()[1]), timeout_s=0.05)
        begun = time.monotonic()
        with pytest.raises(ResourceError, match="no answer in time"):
            cache.get("name")
        assert time.monotonic() - begun < 20


def test_the_deadline_goes_before_the_timeout(within_ms):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        cache = RedisCache(Place("127.0.0.1", listener.getsockname()[1]), timeout_s=100)
        within_ms(200)
        with pytest.raises(ResourceError, match="no answer in time"):
            cache.get("name")
        assert deadline.current().remaining_ms == 0
        with pytest.raises(DeadlineError):
            cache.get("name")


def test_no_command_is_sent_twice(redis_url: str, admin: "redis_py.Redis"):
    proxy = StallingProxy(place_of(redis_url).port)
    cache = RedisCache(place_of(redis_url, port=proxy.port), timeout_s=0.2)
    assert cache.get("name") is None
    before = admin.info("commandstats").get("cmdstat_set", {"calls": 0})["calls"]
    proxy.stall(answers_only=True)
    with pytest.raises(ResourceError):
        cache.set("name", b"value", px=LONG_MS)
    assert cache.get("name") == b"value"
    assert admin.info("commandstats")["cmdstat_set"]["calls"] == before + 1
    cache.close()
    proxy.close()


def test_one_that_was_killed_while_idle_is_replaced_unseen(cache: RedisCache, admin: "redis_py.Redis"):
    cache.set("name", b"value", px=LONG_MS)
    admin.client_kill_filter(skipme=True, _type="normal")
    assert cache.get("name") == b"value"


def test_after_long_idle_one_that_leads_nowhere_is_not_tried(redis_url: str):
    proxy = StallingProxy(place_of(redis_url).port)
    now = [1000.0]
    cache = RedisCache(place_of(redis_url, port=proxy.port), now_s=lambda: now[0])
    assert cache.get("name") is None
    proxy.stall()
    now[0] += LONG_IDLE_S + 1
    assert cache.get("name") is None
    cache.close()
    proxy.close()


def test_threads_take_turns_on_one_connection(cache: RedisCache, admin: "redis_py.Redis"):
    cache.get("name")
    clients = len(admin.client_list())
    wrong: list[str] = []

    def use(name: str) -> None:
        for number in range(100):
            data = f"{name} {number}".encode() * 100
            cache.set(name, data, px=LONG_MS)
            if cache.get(name) != data:
                wrong.append(name)

    threads = [threading.Thread(target=use, args=[f"thread {number}"]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []
    assert admin.dbsize() == len(threads)
    assert len(admin.client_list()) == clients


def test_a_thread_waits_no_longer_for_another():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        cache = RedisCache(Place("127.0.0.1", listener.getsockname()[1]), timeout_s=0.3)
        failures: list[str] = []

        def get() -> None:
            try:
                cache.get("name")
            except ResourceError as error:
                failures.append(str(error))

        threads = [threading.Thread(target=get) for _ in range(20)]
        begun = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert len(failures) == len(threads)
        assert time.monotonic() - begun < 4, "not one after the other"


def test_a_forked_process_has_its_own(redis_url: str):
    cache = redis_cache(redis_url)
    parent = cache()
    parent.set("name", b"of the parent", px=LONG_MS)
    pid = os.fork()
    if pid == 0:
        try:
            cache().set("other", b"of the child", px=LONG_MS)
            os._exit(0 if cache() is not parent and cache().get("name") == b"of the parent" else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert cache() is parent
    assert parent.get("other") == b"of the child"
    cache.close()


def test_it_can_be_closed_while_a_command_waits():
    """As a signal may do, in the very thread that waits."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        cache = RedisCache(Place("127.0.0.1", listener.getsockname()[1]), timeout_s=1)
        failed = threading.Event()

        def get() -> None:
            with suppress(ResourceError):
                cache.get("name")
                return
            failed.set()

        threading.Thread(target=get, daemon=True).start()
        with listener.accept()[0] as peer:
            assert peer.recv(100)
            cache.close()
            assert failed.wait(20)


def test_it_is_the_second_tier(redis_url: str, admin: "redis_py.Redis"):
    cache = redis_cache(redis_url)
    loads: list[str] = []

    @read_through(cache, ttl_s=60, prefix="product:")
    def product(key: str) -> dict[str, str]:
        loads.append(key)
        return {"key": key}

    assert product("pen") == product("pen") == {"key": "pen"}
    assert admin.get("product:pen") == b'{"key": "pen"}'
    product.forget("pen")
    assert admin.exists("product:pen") == 0
    assert loads == ["pen"]
    assert product.stats.errors == 0
    cache.close()
