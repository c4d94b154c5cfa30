"""Bad input to the function of examples/orders: a clear refusal, the same over HTTP, and nothing of it stays."""

import json
from typing import Any

import pytest
from examples.conftest import Database
from examples.orders_function import FOLDER, ORDER, REQUEST_ID, Orders

ITEM = {"product": "ink-blue", "quantity": 1}
LONG = 10**49_999


def order(**changes: object) -> dict[str, object]:
    return ORDER | changes


def without(name: str) -> dict[str, object]:
    return {key: value for key, value in ORDER.items() if key != name}


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "e-mail null": ({"action": "validate_user", "email": None}, "email must be a string, is null"),
    "e-mail missing": ({"action": "validate_user"}, "email is missing"),
    "e-mail with a line end": ({"action": "validate_user", "email": "a@b.co\n"}, "email must be an e-mail address"),
    "e-mail of 300 characters": ({"action": "validate_user", "email": f"{'a' * 300}@b.co"}, "email must be"),
    "phone of letters": (
        {"action": "validate_user", "email": "a@b.co", "phone": "now"},
        "phone must be a phone number",
    ),
    "phone in other digits": ({"action": "validate_user", "email": "a@b.co", "phone": "+١٤١٥٥٥٥٠١٠٠"}, "phone must be"),
    "unknown argument": ({"action": "validate_user", "email": "a@b.co", "admin": True}, '"admin" is not known'),
    "no action": ({"email": "a@b.co"}, "action is missing"),
    "unknown action": ({"action": "default"}, 'action is "default"'),
    "action of another type": ({"action": ["fetch_data"]}, "action is an array"),
    "name of an attribute": ({"action": "__init__"}, 'action is "__init__"'),
    "key missing": ({"action": "fetch_data"}, "key is missing"),
    "key null": ({"action": "fetch_data", "key": None}, "key must be a string, is null"),
    "key empty": ({"action": "fetch_data", "key": ""}, "key must be 1 to 64"),
    "key with NUL": ({"action": "fetch_data", "key": "a\0"}, "key must be 1 to 64"),
    "idempotency key missing": (without("idempotency_key"), "idempotency_key is missing"),
    "idempotency key too long": (order(idempotency_key="k" * 65), "idempotency_key must be 1 to 64"),
    "user in quotes": (order(user_id="7"), "user_id must be an integer, is a string"),
    "user true": (order(user_id=True), "user_id must be an integer, is true"),
    "user negative": (order(user_id=-7), "user_id must be"),
    "user of 20 digits": (order(user_id=10**19), "user_id must be"),
    "no items": (order(items=[]), "items must be from 1 to 100 long, is 0"),
    "101 items": (order(items=[ITEM] * 101), "items must be from 1 to 100 long, is 101"),
    "items an object": (order(items=ITEM), "items must be an array, is an object"),
    "items that are not objects": (order(items=[ITEM, 3, None]), "items[1] must be an object, is an integer"),
    "quantity negative": (order(items=[ITEM | {"quantity": -1}]), "items[0].quantity must be from 1 to 1000, is -1"),
    "quantity zero": (order(items=[ITEM | {"quantity": 0}]), "items[0].quantity must be from 1 to 1000, is 0"),
    "quantity a fraction": (order(items=[ITEM | {"quantity": 1.5}]), "items[0].quantity must be an integer"),
    "an item without its product": (order(items=[{"quantity": 1}]), "items[0].product is missing"),
    "a price of one's own": (order(items=[ITEM | {"price_cents": 1}]), 'items[0]."price_cents" is not known'),
}


@pytest.mark.parametrize(("event", "reason"), BAD.values(), ids=BAD)
def test_bad_input_is_refused_and_leaves_nothing(
    event: dict[str, Any], reason: str, *, orders: Orders, database: Database
):
    refusal = orders(event)
    assert {name: refusal[name] for name in ("status", "request_id")} == {"status": 400, "request_id": REQUEST_ID}
    assert reason in refusal["error"]
    assert orders.over_http(event) == (400, refusal)
    assert database.orders() == []
    assert "order_id" in orders.order("good")


def test_a_number_of_50_000_digits_is_refused(orders: Orders, database: Database):
    event = order(items=[ITEM | {"quantity": LONG}])
    assert orders(event)["error"] == "items[0].quantity must be from 1 to 1000, is far beyond"
    body = json.dumps(order(items=[ITEM | {"quantity": "LONG"}])).replace('"LONG"', "9" * 50_000)
    status, refusal = orders.over_http(body)
    assert (status, refusal["error"]) == (400, "the body has a number of too many digits")
    assert database.orders() == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "the body is empty; send JSON"),
        ("action=fetch_data", "the body is not JSON"),
        ('{"action": "fetch_data", "key"', "the body is not JSON"),
        ('{"action": "fetch_data", "key": NaN}', "the body is not JSON: it has NaN"),
        ('[{"action": "fetch_data", "key": "ink-blue"}]', "the input must be an object, is an array"),
        ('"fetch_data"', "the input must be an object, is a string"),
        ("[" * 100_000, "the body is nested too deep"),
    ],
    ids=["empty", "a form", "half", "NaN", "an array", "a string", "deep"],
)
def test_a_body_that_is_no_object_is_refused(body: str, reason: str, *, orders: Orders):
    status, refusal = orders.over_http(body)
    assert status == 400
    assert reason in refusal["error"]


@pytest.mark.parametrize("event", [None, 3, "fetch_data", [{"action": "fetch_data"}]], ids=repr)
def test_an_event_that_is_no_object_is_refused(event: object, orders: Orders):
    assert orders(event)["error"].startswith("the input must be an object, is ")


def test_the_body_may_be_missing_altogether(orders: Orders):
    request = json.loads((FOLDER / "events/process-order-over-http.json").read_text())
    del request["body"]
    answer = orders(request)
    assert (answer["statusCode"], json.loads(answer["body"])["error"]) == (400, "the body is empty; send JSON")
