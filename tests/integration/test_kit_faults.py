"""What PostgreSQL, Redis and AWS do to a function in the wild, done to one on the engine: it answers right afterwards.

The function is real, and so are its freezes, its servers, and their deaths.
"""

import asyncio
import json
import shutil
import socket
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis as redis_py

from headstart.engine.invoker import LocalInvoker
from headstart.model.invocation import Event, FunctionError, InvocationReport, Succeeded
from headstart.services.running import Services, running

KIT = Path(__file__).parents[2] / "kit/src/headstart_kit"
PASSWORD = "loopback-only"
SOURCE = """
from headstart_kit.handlers import handler
from headstart_kit.postgresql import postgres
from headstart_kit.redis_client import redis
from headstart_kit.aws_client import boto3_client

database = postgres()
cache = redis(decode_responses=True)
s3 = boto3_client("s3")


def order(event):
    with database as connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO orders (number) VALUES (%s)", [event["number"]])
        cursor.execute("SELECT pg_sleep(%s)", [event.get("takes_s", 0)])
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def count(event):
    cache().incr("count")
    return cache().get("count")


def wait_in_cache(event):
    cache().blpop("nothing", 60)


def get_object(event):
    s3().get_object(Bucket="bucket", Key="key")


@handler(reveal_faults=True)
def handle(event, context):
    return globals()[event["do"]](event)
"""

Deploy = Callable[..., Any]


@pytest.fixture(scope="module")
def servers() -> Iterator[Services]:
    """Servers that a test may kill, when it starts them again."""
    with running(("postgres", "redis"), password=PASSWORD) as servers:
        yield servers


@pytest.fixture
def admin(servers: Services) -> Iterator["psycopg.Connection[Any]"]:
    with psycopg.connect(servers["postgres"].environment["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS orders")
        connection.execute("CREATE TABLE orders (number int PRIMARY KEY CHECK (number > 0))")
        yield connection


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A layer with the kit, psycopg2 and redis-py."""
    layer = tmp_path_factory.mktemp("layer")
    layer.chmod(0o755)
    (layer / "python").mkdir(mode=0o755)
    found = [find_spec(name) for name in ("psycopg2", "redis")]
    folders = [Path(spec.origin).parent for spec in found if spec and spec.origin]
    for folder in [KIT, *folders, folders[0].with_name("psycopg2_binary.libs")]:
        shutil.copytree(folder, layer / "python" / folder.name)
    return layer


@pytest.fixture
def deploy_shop(deploy: Deploy, servers: Services, packages: Path) -> Deploy:
    """Deploy the function; ``changes`` are environment variables."""

    async def deploy_shop(*, timeout_s: int = 10, **changes: str) -> LocalInvoker:
        environment = servers.environment | {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"} | changes
        return await deploy(
            SOURCE,
            handler="app.handle",
            layers=(packages,),
            environment=environment,
            timeout_s=timeout_s,
            memory_mb=1769,
        )

    return deploy_shop


@pytest.fixture
def black_hole() -> Iterator[str]:
    """The address of something that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


async def do(shop: LocalInvoker, what: str, **event: object) -> InvocationReport:
    report = await shop.invoke(Event(json.dumps({"do": what} | event).encode()))
    # Some idle time, in which the environment freezes.
    await asyncio.sleep(0.02)
    return report


def result(report: InvocationReport) -> Any:
    assert isinstance(report.outcome, Succeeded), [line.text for line in report.log]
    return json.loads(report.outcome.payload)


def fault(report: InvocationReport) -> str:
    """The type of the error that the handler raised; not that it was ended."""
    assert isinstance(report.outcome, FunctionError), report.outcome
    return report.outcome.error_type


def orders(admin: "psycopg.Connection[Any]") -> list[int]:
    return [number for (number,) in admin.execute("SELECT number FROM orders ORDER BY number")]


def connections(admin: "psycopg.Connection[Any]") -> list[str]:
    """The state of each connection of the function's."""
    rows = admin.execute("SELECT state FROM pg_stat_activity WHERE application_name = 'tested'")
    return [state for (state,) in rows]


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(1000):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came to that")


def orders_after_restart(servers: Services) -> list[int]:
    with psycopg.connect(servers["postgres"].environment["DATABASE_URL"]) as connection:
        return orders(connection)


async def test_d44_postgres_is_killed_and_restarted_between_invocations(deploy_shop: Deploy, servers, admin):
    shop = await deploy_shop()
    first = await do(shop, "order", number=1)
    servers["postgres"].kill()
    refused = await do(shop, "order", number=2)
    assert fault(refused) == "ResourceError"
    servers["postgres"].start()
    again = await do(shop, "order", number=3)
    assert result(first) != result(again)
    assert first.environment_id == again.environment_id
    assert orders_after_restart(servers) == [1, 3]


async def test_postgres_is_killed_during_an_invocation(deploy_shop: Deploy, servers, admin):
    shop = await deploy_shop()
    result(await do(shop, "order", number=1))
    invocation = asyncio.ensure_future(do(shop, "order", number=2, takes_s=5))
    await until(lambda: connections(admin) == ["active"])
    servers["postgres"].kill()
    assert fault(await invocation) == "OperationalError"
    servers["postgres"].start()
    result(await do(shop, "order", number=2))
    assert orders_after_restart(servers) == [1, 2]


async def test_d44_a_backend_is_terminated_in_the_freeze(deploy_shop: Deploy, admin):
    shop = await deploy_shop()
    first = result(await do(shop, "order", number=1))
    admin.execute("SELECT pg_terminate_backend(%s, 5000)", [first])
    assert result(await do(shop, "order", number=2)) != first
    assert orders(admin) == [1, 2]
    assert connections(admin) == ["idle"]


async def test_a_connection_idle_past_the_servers_timeout(deploy_shop: Deploy, admin):
    admin.execute("ALTER ROLE postgres SET idle_session_timeout = '300ms'")
    try:
        shop = await deploy_shop()
        first = result(await do(shop, "order", number=1))
        await until(lambda: not connections(admin))
        assert result(await do(shop, "order", number=2)) != first
        assert orders(admin) == [1, 2]
    finally:
        admin.execute("ALTER ROLE postgres RESET idle_session_timeout")


async def test_a_statement_that_is_blocked_ends_before_the_function_does(deploy_shop: Deploy, servers, admin):
    shop = await deploy_shop(timeout_s=1)
    before = result(await do(shop, "order", number=1))
    with psycopg.connect(servers["postgres"].environment["DATABASE_URL"]) as other:
        other.execute("INSERT INTO orders VALUES (2)")  # who orders the same waits for this to end
        assert fault(await do(shop, "order", number=2)) == "QueryCanceled"
        other.rollback()
    assert connections(admin) == ["idle"]
    assert result(await do(shop, "order", number=2)) == before
    assert orders(admin) == [1, 2]


async def test_d42_d43_a_thousand_orders_of_which_every_other_fails(deploy_shop: Deploy, admin):
    shop = await deploy_shop()
    for number in range(1, 501):
        result(await shop.invoke(Event(json.dumps({"do": "order", "number": number}).encode())))
        report = await shop.invoke(Event(json.dumps({"do": "order", "number": -number}).encode()))
        assert fault(report) == "CheckViolation"
    assert orders(admin) == list(range(1, 501))
    assert connections(admin) == ["idle"]


async def test_redis_is_killed_and_restarted_between_invocations(deploy_shop: Deploy, servers, admin):
    shop = await deploy_shop()
    before = int(result(await do(shop, "count")))
    servers["redis"].kill()
    assert fault(await do(shop, "count")) == "ConnectionError"
    servers["redis"].start()
    # What the server had written to its log when it was killed it has again, and nothing was counted twice.
    assert int(result(await do(shop, "count"))) == before + 1


async def test_redis_is_killed_during_an_invocation(deploy_shop: Deploy, servers, admin):
    shop = await deploy_shop()
    before = int(result(await do(shop, "count")))
    invocation = asyncio.ensure_future(do(shop, "wait_in_cache"))
    with redis_py.Redis.from_url(servers["redis"].environment["REDIS_URL"]) as watcher:
        await until(lambda: any(client["cmd"] == "blpop" for client in watcher.client_list()))
    servers["redis"].kill()
    assert fault(await invocation) == "ConnectionError"
    servers["redis"].start()
    assert int(result(await do(shop, "count"))) == before + 1


async def test_redis_drops_clients_that_idle(deploy_shop: Deploy, servers, admin):
    with redis_py.Redis.from_url(servers["redis"].environment["REDIS_URL"]) as watcher:
        watcher.config_set("timeout", 1)
        try:
            shop = await deploy_shop()
            before = int(result(await do(shop, "count")))
            own = watcher.client_id()
            await until(lambda: all(int(client["id"]) == own for client in watcher.client_list()))
            assert int(result(await do(shop, "count"))) == before + 1
        finally:
            watcher.config_set("timeout", 0)


@pytest.mark.parametrize(
    ("what", "variable", "scheme", "expected"),
    [
        ("order", "DATABASE_URL", "postgresql://u:p@{}/d", "ResourceError"),
        ("count", "REDIS_URL", "redis://{}/0", "TimeoutError"),
        ("get_object", "AWS_ENDPOINT_URL", "http://{}", "ReadTimeoutError"),
    ],
)
async def test_a_server_that_never_answers_is_given_up_before_the_function_ends(
    what: str, variable: str, scheme: str, expected: str, *, deploy_shop: Deploy, black_hole: str
):
    shop = await deploy_shop(timeout_s=1, **{variable: scheme.format(black_hole)})
    for _ in range(2):
        assert fault(await do(shop, what, number=1)) == expected


@pytest.mark.parametrize("runtime", ["python3.11", "python3.13"])
async def test_what_is_open_is_closed_when_the_environment_is(deploy: Deploy, packages: Path, runtime: str):
    """Before Python 3.12 AWS's runtime client waits in C, in the main thread: there the kit hears SIGTERM beside it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        source = f"""
        import socket
        from headstart_kit.resources import resource

        @resource(close=lambda connection: connection.sendall(b"farewell"))
        def line():
            return socket.create_connection({listener.getsockname()!r})

        def handler(event, context):
            line().sendall(b"hello ")
        """
        invoker = await deploy(source, layers=(packages,), runtime=runtime)
        assert (await invoker.invoke(Event(b"{}"))).succeeded
        await asyncio.sleep(0.05)
        await invoker.close()
        line, _ = listener.accept()
        with line:
            line.settimeout(10)
            assert b"".join(iter(lambda: line.recv(100), b"")) == b"hello farewell"
