"""What the function of examples/orders answers, on real servers. D41 … D56 are the defects of the course's."""

import json
import warnings
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
import redis as redis_py
from examples.conftest import Database
from examples.orders_function import ORDER, REQUEST_ID, Orders

from headstart_kit.errors import InternalError, SettingError

PEN = {"key": "fountain-pen", "name": "Fountain pen, steel nib", "price_cents": 2479}
RAISE_PRICES = "UPDATE products SET price_cents = price_cents + 1"
# Each read of a product counts one up.
COUNT_READS = """
ALTER TABLE products RENAME TO counted;
CREATE SEQUENCE reads;
CREATE VIEW products AS SELECT key, name, price_cents FROM counted WHERE nextval('reads') > 0;
"""


def fetch(orders: Orders, key: str = "fountain-pen") -> Any:
    return orders({"action": "fetch_data", "key": key})


def take(orders: Orders, key: str) -> Any:
    """An order without its receipt: what may go on in several environments at once, and no test's single handler."""
    with orders.app.database as connection, connection.cursor() as cursor:
        return orders.app.taken(cursor, key, user_id=7, items=ORDER["items"])


@pytest.fixture
def cache(redis_url: str) -> redis_py.Redis:
    return redis_py.Redis.from_url(redis_url)


def test_d41_a_product_is_answered_from_redis_once_it_is_there(
    orders: Orders, database: Database, cache: redis_py.Redis
):
    assert fetch(orders) == PEN
    database.query(RAISE_PRICES)
    assert fetch(orders) == PEN
    cache.flushall()
    assert fetch(orders)["price_cents"] == PEN["price_cents"] + 1


def test_d42_orders_that_fail_do_not_use_up_connections(orders: Orders, database: Database):
    for number in range(25):
        assert orders.order(f"bad-{number}", user_id=99)["status"] == 422
    assert orders.order("good")["total_cents"] == 3975
    assert database.orders() == ["good"]
    assert len(database.connections()) == 1


def test_d43_a_failed_order_leaves_no_transaction_open(orders: Orders, database: Database):
    orders.order("bad", user_id=99)
    assert database.connections() == ["idle"]


def test_d44_an_order_after_its_connection_died_is_taken_at_once(orders: Orders, database: Database):
    orders.order("first")
    database.end_connections()
    assert "order_id" in orders.order("second")
    assert database.orders() == ["first", "second"]
    assert database.connections() == ["idle"]


def test_d45_an_environment_has_one_connection(orders: Orders, database: Database):
    for number in range(5):
        orders.order(f"order-{number}")
        fetch(orders, f"product-{number}")
    assert database.connections() == ["idle"]


def test_d46_a_caller_learns_the_request_id_of_a_fault_and_no_more(
    orders: Orders, database: Database, capsys: pytest.CaptureFixture[str]
):
    database.query("ALTER TABLE orders ADD CHECK (total_cents < 0)")
    with pytest.raises(InternalError) as raised:
        orders.order("cart-1")
    assert str(raised.value) == f"internal error; it is in the log under request id {REQUEST_ID}"
    [line] = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"ERROR"' in line]
    assert line["requestId"] == REQUEST_ID
    assert line["error"]["type"] == "CheckViolation"


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL", "RECEIPTS_BUCKET"])
def test_d46_init_fails_by_the_name_of_the_variable_that_is_missing(
    name: str, orders_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv(name)
    with pytest.raises(SettingError, match=name) as raised:
        Orders()
    assert not [value for value in orders_environment.values() if value in str(raised.value)]


def test_d47_an_unknown_action_is_a_refusal(orders: Orders):
    assert orders({"action": "drop_orders"}) == {
        "error": 'action is "drop_orders"; allowed: validate_user, process_order, fetch_data',
        "status": 400,
        "request_id": REQUEST_ID,
    }


def test_d48_a_request_over_http_is_read_from_its_body_and_answered_in_one(orders: Orders, database: Database):
    assert orders.over_http({"action": "fetch_data", "key": "fountain-pen"}) == (200, PEN)
    status, answer = orders.over_http(ORDER)
    assert (status, answer["total_cents"]) == (200, 3975)
    assert database.orders() == [ORDER["idempotency_key"]]


def test_d49_what_is_missing_or_null_is_named(orders: Orders):
    assert orders({"action": "fetch_data"})["error"] == "key is missing"
    assert orders({"action": "validate_user", "email": None})["error"] == "email must be a string, is null"


@pytest.mark.parametrize("email", ["a@b.co", "first.last+tag@sub.example.com"])
def test_d50_a_user_without_a_phone_is_valid(email: str, orders: Orders):
    answer = orders({"action": "validate_user", "email": email})
    assert answer == {"email": email, "phone": None, "valid": True}


@pytest.mark.parametrize("data", [{"email": "a@b.co\n"}, {"email": "a@b.co", "phone": "+14155550100\n"}])
def test_d50_a_line_end_after_an_address_or_a_number_is_refused(data: dict[str, str], orders: Orders):
    answer = orders({"action": "validate_user"} | data)
    assert answer["status"] == 400
    assert list(data)[-1] in answer["error"]


def test_d51_a_cache_that_takes_no_writes_costs_no_second_read(
    orders: Orders, database: Database, cache: redis_py.Redis
):
    database.query(COUNT_READS)
    cache.config_set("maxmemory", "1")
    try:
        assert fetch(orders) == PEN
    finally:
        cache.config_set("maxmemory", "0")
    assert cache.dbsize() == 0
    assert database.rows("SELECT last_value FROM reads") == [(1,)]


def test_d52_every_setting_counts(
    orders_environment: dict[str, str], cache: redis_py.Redis, monkeypatch: pytest.MonkeyPatch, s3: Any
):
    settings = {"CACHE_TTL_S": "70", "NEGATIVE_CACHE_TTL_S": "7", "RECEIPTS_BUCKET": "elsewhere"}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    s3.create_bucket(Bucket="elsewhere")
    orders = Orders()
    fetch(orders)
    fetch(orders, "nothing")
    receipt = orders.order("cart-1")["receipt"]
    assert {name.upper() for name in orders.app.Settings.__annotations__} == settings.keys()
    assert 60_000 < cache.pttl("app.product:fountain-pen") <= 70_000
    assert 5_000 < cache.pttl("app.product:nothing") <= 7_000
    assert s3.get_object(Bucket="elsewhere", Key=receipt)
    orders.close()


def test_d53_times_have_their_offset(orders: Orders, s3: Any, bucket: str, capsys: pytest.CaptureFixture[str]):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        answer = orders.order("cart-1")
    receipt = json.load(s3.get_object(Bucket=bucket, Key=answer["receipt"])["Body"])
    [line] = capsys.readouterr().out.splitlines()
    for time in (receipt["created_at"], json.loads(line)["timestamp"]):
        assert datetime.fromisoformat(time).utcoffset() is not None


def test_d55_an_order_that_comes_again_is_the_same_order(orders: Orders, database: Database, s3: Any, bucket: str):
    first = orders.order("cart-1")
    database.query("DELETE FROM products")
    s3.delete_object(Bucket=bucket, Key=first["receipt"])
    assert orders.order("cart-1") == first
    assert database.orders() == ["cart-1"]
    receipt = json.load(s3.get_object(Bucket=bucket, Key=first["receipt"])["Body"])
    assert receipt["total_cents"] == first["total_cents"] == 3975
    assert receipt["items"] == ORDER["items"]


@pytest.mark.parametrize("change", [{"user_id": 8}, {"items": ORDER["items"][:1]}], ids=["user", "items"])
def test_d55_another_order_under_the_same_key_is_a_conflict(change: dict[str, Any], orders: Orders, database: Database):
    first = orders.order("cart-1")
    answer = orders.order("cart-1", **change)
    assert (answer["status"], answer["error"]) == (409, "cart-1 is the key of another order; give each its own")
    assert orders.order("cart-1") == first
    assert len(database.orders()) == 1


def test_d55_an_order_that_comes_twice_at_once_is_one(orders_environment: dict[str, str], database: Database):
    environments = [Orders() for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        for number in range(10):
            tries = [threads.submit(take, each, f"cart-{number}") for each in environments]
            assert len({json.dumps(each.result()) for each in tries}) == 1
    assert len(database.orders()) == 10
    for each in environments:
        each.close()


def test_d55_an_order_whose_receipt_could_not_be_written_is_finished_by_the_next_try(
    orders: Orders, database: Database, s3: Any, bucket: str
):
    s3.delete_bucket(Bucket=bucket)
    with pytest.raises(InternalError):
        orders.order("cart-1")
    s3.create_bucket(Bucket=bucket)
    answer = orders.order("cart-1")
    assert database.orders() == ["cart-1"]
    assert s3.get_object(Bucket=bucket, Key=answer["receipt"])


def test_d56_no_context_is_needed_and_what_is_fetched_is_what_the_database_has(orders: Orders, database: Database):
    database.query("UPDATE products SET name = 'Brush' WHERE key = 'fountain-pen'")
    answer = orders.app.handler({"action": "fetch_data", "key": "fountain-pen"}, None)
    assert answer == PEN | {"name": "Brush"}


def test_a_product_that_is_missing_is_remembered_as_missing(orders: Orders, database: Database, cache: redis_py.Redis):
    assert (fetch(orders, "brush")["status"], fetch(orders, "brush")["error"]) == (404, "there is no product brush")
    database.query("INSERT INTO products VALUES ('brush', 'Brush', 100)")
    assert fetch(orders, "brush")["status"] == 404
    cache.flushall()
    assert fetch(orders, "brush") == {"key": "brush", "name": "Brush", "price_cents": 100}


def test_an_order_of_a_product_that_is_missing_names_it(orders: Orders, database: Database):
    answer = orders.order("cart-1", items=[{"product": "brush", "quantity": 1}, *ORDER["items"]])
    assert (answer["status"], answer["error"]) == (422, "there is no product brush")
    assert database.orders() == []
