"""One handler, several functions: one is called with what it asks for, or the caller is told all that is wrong."""

from __future__ import annotations

import json
from typing import Annotated, Any

import pytest

from headstart_kit.action_routing import actions
from headstart_kit.constraints import Email, Length, Pattern, Range
from headstart_kit.errors import InternalError, UserError

handler = actions()


@handler.action
def place_order(user_id: int, items: list[str], note: str | None = None) -> dict[str, Any]:
    return {"user_id": user_id, "items": items, "note": note}


@handler.action
def validate_user(email: Email, phone: Annotated[str, Pattern(r"\+[1-9][0-9]{6,14}")] | None = None) -> dict[str, Any]:
    return {"email": email, "phone": phone}


@handler.action("process_data")
def process(records: list[dict[str, Any]], *, batch_size: Annotated[int, Range(1, 10_000)] = 500) -> int:
    return len(records) // batch_size


@handler.action
def fetch_data(key: Annotated[str, Length(1, 64)]) -> str:
    if key == "gone":
        raise UserError("no such key", status=404)
    return {"a": "1"}[key]


@handler.action
def cpu_test() -> str:
    return "done"


def refusal(event: object, status: int = 400) -> str:
    answer = handler(event)
    assert (answer.keys(), answer["status"]) == ({"error", "status", "request_id"}, status)
    return answer["error"]


def over_http(body: str | None) -> tuple[int, Any]:
    response = handler({"version": "2.0", "requestContext": {"http": {"method": "POST"}}, "body": body})
    return response["statusCode"], json.loads(response["body"])


def test_an_action_is_called_with_its_arguments():
    event = {"action": "place_order", "user_id": 7, "items": ["a"]}
    assert handler(event) == {"user_id": 7, "items": ["a"], "note": None}
    assert event == {"action": "place_order", "user_id": 7, "items": ["a"]}
    assert handler({"action": "process_data", "records": [{}, {}], "batch_size": 1}) == 2


def test_a_function_stays_as_it_is():
    assert place_order(1, []) == {"user_id": 1, "items": [], "note": None}


def test_d47_an_unknown_action_is_a_400():
    known = "allowed: place_order, validate_user, process_data, fetch_data, cpu_test"
    assert refusal({"action": "default"}) == f'action is "default"; {known}'
    assert refusal({"action": "x" * 100_000}) == f'action is "{"x" * 60}…"; {known}'
    assert refusal({"action": ["place_order"]}) == f"action is an array; {known}"
    assert over_http('{"action": "default"}')[0] == 400


def test_d48_the_body_of_a_request_over_http_is_the_event():
    assert over_http('{"action": "place_order", "user_id": 7, "items": []}') == (
        200,
        {"user_id": 7, "items": [], "note": None},
    )
    status, answer = over_http("not JSON")
    assert (status, answer["error"]) == (400, "the body is not JSON: Expecting value: line 1 column 1 (char 0)")


def test_d49_every_argument_that_is_wrong_is_told_in_one_answer():
    event = {"action": "place_order", "user_id": "7", "items": ["a", None], "colour": "red"}
    assert refusal(event) == (
        'user_id must be an integer, is a string; items[1] must be a string, is null; "colour" is not known; '
        "known: user_id, items, note"
    )
    assert refusal({"action": "place_order"}) == "user_id is missing; items is missing"
    assert refusal({"action": "fetch_data"}) == "key is missing"
    assert refusal({"action": "validate_user", "email": None}) == "email must be a string, is null"


@pytest.mark.parametrize("email", ["a@b.co", "first.last+tag@sub.example.org", "o'hara@x-y.de", f"{'a' * 64}@b.co"])
def test_an_email_address(email):
    assert validate_user(email) == handler({"action": "validate_user", "email": email})


@pytest.mark.parametrize(
    "email",
    ["a@b.co\n", "a@b", "@b.co", "a@", "a b@c.de", "a@-b.co", "a@b..co", "a@b.co.", "é@b.co", f"{'a' * 65}@b.co", ""],
)
def test_d50_an_address_matches_from_its_first_to_its_last_character(email):
    assert refusal({"action": "validate_user", "email": email}).startswith("email must ")


def test_d50_a_number_that_may_be_missing_is_checked_where_it_is_there():
    event = {"action": "validate_user", "email": "a@b.co"}
    assert handler(event)["phone"] is None
    assert handler({**event, "phone": None})["phone"] is None
    assert handler({**event, "phone": "+14155550100"})["phone"] == "+14155550100"
    assert refusal({**event, "phone": "+14155550100\n"}).startswith("phone must be a string that matches ")


@pytest.mark.parametrize("name", ["process_data", "cpu_test"])
def test_d59_d77_there_is_no_default_action_to_be_unknown(name):
    assert refusal({}) == ("action is missing; allowed: place_order, validate_user, process_data, fetch_data, cpu_test")
    assert "request_id" not in str(handler({"action": name, **({"records": []} if name == "process_data" else {})}))


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({"action": "process_data", "records": [], "batch_size": 0}, "batch_size must be from 1 to 10000, is 0"),
        ({"action": "process_data", "records": [], "batch_size": -5}, "batch_size must be from 1 to 10000, is -5"),
        (
            {"action": "process_data", "records": [], "batch_size": 10**50_000},
            "batch_size must be from 1 to 10000, is far",
        ),
        ({"action": "process_data", "records": [], "batch_size": 2.0}, "batch_size must be an integer, is a number"),
        ({"action": "process_data", "records": [], "batch_size": True}, "batch_size must be an integer, is true"),
        (
            {"action": "process_data", "records": [{}, 5, None]},
            "records[1] must be an object, is an integer; records[2] ",
        ),
        ({"action": "process_data", "records": {}}, "records must be an array, is an object"),
        ({"action": "place_order", "user_id": 10**50_000, "items": []}, "user_id must be from -9223372036854775807 to"),
        ({"action": "fetch_data", "key": ""}, "key must be from 1 to 64 long, is 0"),
        ({"action": "fetch_data", "key": "x" * 65}, "key must be from 1 to 64 long, is 65"),
        ({"action": None}, "action is null; allowed: "),
        ([], "the input must be an object, is an array"),
        ("place_order", "the input must be an object, is a string"),
        (None, "the input must be an object, is null"),
    ],
)
def test_bad_input_is_a_clear_400(event, message):
    assert refusal(event).startswith(message)


@pytest.mark.parametrize("body", [None, "", "[]", "null", "7", "9" * 50_000, "[" * 100_000, "\x00", '{"action": NaN}'])
def test_a_bad_body_is_a_clear_400(body):
    status, answer = over_http(body)
    assert status == 400
    assert answer["error"]


def test_not_more_than_twenty_problems_are_told():
    found = refusal({"action": "place_order", "user_id": 1, "items": [None] * 5000})
    assert found.endswith("; items[19] must be a string, is null; and 4980 more")


def test_a_user_error_of_the_function_is_an_answer_and_a_fault_is_none(capsys):
    assert refusal({"action": "fetch_data", "key": "gone"}, status=404) == "no such key"
    with pytest.raises(InternalError):
        handler({"action": "fetch_data", "key": "b"})
    assert '"KeyError"' in capsys.readouterr().out


def test_a_record_of_a_queue_is_no_action_and_not_lost():
    with pytest.raises(InternalError):
        handler({"Records": [{"eventSource": "aws:sqs", "body": '{"action": "cpu_test"}'}]})


def test_two_actions_of_one_name_are_refused():
    with pytest.raises(ValueError, match="there are two actions 'cpu_test'"):
        handler.action("cpu_test")(lambda: None)


def test_the_options_are_those_of_handler():
    revealing = actions(reveal_faults=True)
    revealing.action("fail")(lambda: {}["x"])
    with pytest.raises(KeyError):
        revealing({"action": "fail"})
