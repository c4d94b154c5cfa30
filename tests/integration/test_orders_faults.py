"""What PostgreSQL and Redis do to the function of examples/orders in the wild: it answers right afterwards.

No order is lost or doubled. All is done to it twice: in this process, and in a sandbox, where it is frozen in between.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing
from typing import Any

import msgspec
import psycopg
import pytest
import redis as redis_py
from examples import orders_function
from examples.orders_function import FOLDER, ORDER, Orders

from headstart.engine.invoker import LocalInvoker
from headstart.engine.local_lambda import LocalLambda
from headstart.infra import config_file
from headstart.model.invocation import Event, FunctionError, Succeeded
from headstart.services.running import Services, running
from headstart_kit.errors import InternalError

PASSWORD = "loopback-only"
FETCH = {"action": "fetch_data", "key": "fountain-pen"}
PEN = {"key": "fountain-pen", "name": "Fountain pen, steel nib", "price_cents": 2479}
FAULT = "fault"

Invoke = Callable[[dict[str, Any]], Awaitable[Any]]
Admin = psycopg.Connection[Any]


@pytest.fixture(scope="module")
def servers() -> Iterator[Services]:
    """Servers that a test may kill, when it starts them again."""
    with running(("postgres", "redis"), password=PASSWORD) as servers:
        yield servers


@pytest.fixture
def variables(servers: Services, aws_environment: dict[str, str], bucket: str) -> dict[str, str]:
    """The function's environment; the tables are as in the beginning, and Redis is empty."""
    for server in servers:
        server.start()  # after a test that failed
    with connected(servers) as admin:
        admin.execute("DROP TABLE IF EXISTS orders, products, users")
    orders_function.set_up(servers.environment["DATABASE_URL"])
    with redis_py.Redis.from_url(servers.environment["REDIS_URL"]) as client:
        client.flushall()
    return {**servers.environment, **aws_environment, "RECEIPTS_BUCKET": bucket}


@pytest.fixture(params=["in process", pytest.param("in a sandbox", marks=pytest.mark.slow)])
async def invoke(
    request: pytest.FixtureRequest, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Invoke]:
    """Invoke the function: its answer, or FAULT."""
    if request.param == "in a sandbox":
        async with LocalLambda() as engine:
            yield await in_a_sandbox(engine, variables)
        return
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    function = Orders()
    yield in_process(function)
    function.close()


def in_process(function: Orders) -> Invoke:
    async def invoke(event: dict[str, Any]) -> Any:
        try:
            return await asyncio.to_thread(function, event)
        except InternalError:
            return FAULT

    return invoke


async def in_a_sandbox(engine: LocalLambda, variables: dict[str, str]) -> Invoke:
    spec = config_file.read(FOLDER).spec
    environment = {name: value for name, value in variables.items() if name != "AWS_DEFAULT_REGION"}
    invoker = LocalInvoker(engine, await engine.deploy(msgspec.structs.replace(spec, environment=environment)))

    async def invoke(event: dict[str, Any]) -> Any:
        report = await invoker.invoke(Event(json.dumps(event).encode()))
        await asyncio.sleep(0.02)  # in which the environment freezes
        if isinstance(report.outcome, FunctionError) and report.outcome.error_type == "InternalError":
            return FAULT
        assert isinstance(report.outcome, Succeeded), [line.text for line in report.log]
        return json.loads(report.outcome.payload)

    return invoke


def order(key: str, **changes: object) -> dict[str, Any]:
    return ORDER | {"idempotency_key": key} | changes


def connected(servers: Services) -> Admin:
    """A connection of the operator's."""
    return psycopg.connect(servers.environment["DATABASE_URL"], autocommit=True)


def keys_of_orders(servers: Services) -> list[str]:
    with connected(servers) as admin:
        return [key for (key,) in admin.execute("SELECT idempotency_key FROM orders ORDER BY id")]


def connections(admin: Admin) -> list[str]:
    """What each connection but the operator's is doing."""
    query = (
        "SELECT coalesce(nullif(wait_event_type, 'Client'), state) FROM pg_stat_activity"
        " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    return [state for (state,) in admin.execute(query)]


def receipts(s3: Any, bucket: str) -> dict[int, dict[str, Any]]:
    """What was written for each order, by its id."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    found = [each["Key"] for page in pages for each in page.get("Contents", ())]
    read = [json.load(s3.get_object(Bucket=bucket, Key=key)["Body"]) for key in found]
    return {receipt["order_id"]: receipt for receipt in read}


def assert_each_order_has_its_receipt(servers: Services, s3: Any, bucket: str) -> None:
    with connected(servers) as admin:
        rows = dict(admin.execute("SELECT id, (user_id, total_cents) FROM orders").fetchall())
    written = receipts(s3, bucket)
    assert {number: (str(each["user_id"]), str(each["total_cents"])) for number, each in written.items()} == rows


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(1000):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came to that")


async def test_postgres_is_killed_and_restarted_between_orders(invoke: Invoke, servers: Services, s3: Any, bucket: str):
    assert "order_id" in await invoke(order("first"))
    assert await invoke(FETCH) == PEN
    servers["postgres"].kill()
    assert await invoke(order("second")) == FAULT
    assert await invoke(FETCH) == PEN  # from Redis
    servers["postgres"].start()
    assert "order_id" in await invoke(order("second"))
    assert keys_of_orders(servers) == ["first", "second"]
    assert_each_order_has_its_receipt(servers, s3, bucket)


async def test_postgres_is_killed_during_an_order(invoke: Invoke, servers: Services, s3: Any, bucket: str):
    await invoke(order("first"))
    with closing(connected(servers)) as admin, closing(connected(servers)) as other:
        other.execute("BEGIN; LOCK TABLE orders IN EXCLUSIVE MODE")  # whoever takes an order waits for its end
        taking = asyncio.ensure_future(invoke(order("second")))
        await until(lambda: "Lock" in connections(admin))
        servers["postgres"].kill()
        assert await taking == FAULT
    servers["postgres"].start()
    assert "order_id" in await invoke(order("second"))
    assert keys_of_orders(servers) == ["first", "second"]
    assert_each_order_has_its_receipt(servers, s3, bucket)


async def test_redis_is_killed_and_restarted_between_invocations(invoke: Invoke, servers: Services):
    assert await invoke(FETCH) == PEN
    servers["redis"].kill()
    for _ in range(3):
        assert await invoke(FETCH) == PEN  # from PostgreSQL
    assert "order_id" in await invoke(order("first"))
    servers["redis"].start()
    with redis_py.Redis.from_url(servers.environment["REDIS_URL"]) as client:
        client.flushall()
        for _ in range(200):
            assert await invoke(FETCH) == PEN
            if client.dbsize():
                return
            await asyncio.sleep(0.05)
    raise AssertionError("the cache is not used again")


async def test_redis_is_killed_during_a_read(invoke: Invoke, servers: Services):
    assert await invoke(FETCH) == PEN
    with redis_py.Redis.from_url(servers.environment["REDIS_URL"]) as client:
        blocked = asyncio.create_task(asyncio.to_thread(client.execute_command, "DEBUG SLEEP 5"))
        await asyncio.sleep(0.1)
        reading = asyncio.ensure_future(invoke(FETCH))
        await asyncio.sleep(0.1)
        assert not reading.done()
        servers["redis"].kill()
        assert await reading == PEN
        with pytest.raises(redis_py.ConnectionError):
            await blocked
    servers["redis"].start()
    assert await invoke(FETCH) == PEN


async def test_servers_drop_connections_that_idle(invoke: Invoke, servers: Services):
    with connected(servers) as admin, redis_py.Redis.from_url(servers.environment["REDIS_URL"]) as client:
        admin.execute("ALTER ROLE postgres SET idle_session_timeout = '300ms'")
        client.config_set("timeout", 1)
        try:
            await invoke(order("first"))
            await invoke(FETCH)
            await until(lambda: connections(admin) == [])
            await until(lambda: len(client.client_list()) == 1)
            client.flushall()
            assert await invoke(FETCH) == PEN
            assert client.dbsize() == 1
            assert "order_id" in await invoke(order("second"))
        finally:
            admin.execute("ALTER ROLE postgres RESET idle_session_timeout")
            client.config_set("timeout", 0)
    assert keys_of_orders(servers) == ["first", "second"]


@pytest.mark.slow
async def test_d42_d43_a_thousand_orders_of_which_every_other_fails(
    invoke: Invoke, servers: Services, s3: Any, bucket: str
):
    for number in range(500):
        assert "order_id" in await invoke(order(f"good-{number}"))
        assert (await invoke(order(f"bad-{number}", user_id=99)))["status"] == 422
    assert keys_of_orders(servers) == [f"good-{number}" for number in range(500)]
    assert_each_order_has_its_receipt(servers, s3, bucket)
    with connected(servers) as admin:
        assert connections(admin) == ["idle"]


@pytest.mark.slow
async def test_d55_orders_go_on_while_the_servers_are_restarted(
    invoke: Invoke, servers: Services, s3: Any, bucket: str
):
    """Their caller does as Lambda does for an asynchronous invocation: what ended in a fault is sent again."""

    async def restart() -> None:
        for name in ("postgres", "redis", "postgres"):
            await asyncio.sleep(0.5)
            servers[name].kill()
            await asyncio.to_thread(servers[name].start)

    restarting = asyncio.create_task(restart())
    keys, faults = [], 0
    while not restarting.done() or len(keys) < 100:
        event = order(f"order-{len(keys)}")
        while await invoke(event) == FAULT:
            faults += 1
            await asyncio.sleep(0.05)
        keys.append(event["idempotency_key"])
        assert await invoke(FETCH) in (PEN, FAULT)
    await restarting
    assert faults > 0
    assert keys_of_orders(servers) == keys
    assert_each_order_has_its_receipt(servers, s3, bucket)
    with connected(servers) as admin:
        assert connections(admin) == ["idle"]
