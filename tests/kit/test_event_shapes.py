"""Where an event came from, and what its body says."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart_kit.errors import UserError
from headstart_kit.event_shapes import event_shape, json_body


@pytest.mark.parametrize(
    ("event", "shape"),
    [
        ({"httpMethod": "GET", "requestContext": {"resourceId": "x"}}, "api-gateway-v1"),
        ({"version": "1.0", "httpMethod": "GET", "requestContext": {"stage": "$default"}}, "api-gateway-v1"),
        ({"version": "2.0", "requestContext": {"http": {}, "domainName": "a.execute-api.b"}}, "api-gateway-v2"),
        ({"version": "2.0", "requestContext": {"http": {}, "domainName": "a.lambda-url.b.on.aws"}}, "function-url"),
        ({"httpMethod": "GET", "requestContext": {"elb": {}}}, "alb"),
        ({"requestContext": {"connectionId": "x", "eventType": "MESSAGE"}}, "websocket"),
        ({"Records": [{"eventSource": "aws:sqs"}]}, "sqs"),
        ({"Records": [{"eventSource": "aws:kinesis"}]}, "kinesis"),
        ({"Records": [{"eventSource": "aws:dynamodb"}]}, "dynamodb"),
        ({"Records": [{"eventSource": "aws:s3"}]}, "s3"),
        ({"Records": [{"EventSource": "aws:sns"}]}, "sns"),
        ({"eventSource": "aws:kafka", "records": {}}, "kafka"),
        ({"detail-type": "x", "detail": {}}, "eventbridge"),
        ({"requestContext": {"requestId": "x"}}, "direct"),
        ({"requestContext": None}, "direct"),
        ({"Records": []}, "direct"),
        ({"Records": ["aws:sqs"]}, "direct"),
        ({"Records": [{"eventSource": 5}]}, "direct"),
        ({"action": "x"}, "direct"),
        ([1], "direct"),
        ("text", "direct"),
        (None, "direct"),
    ],
)
def test_the_shape_of_an_event(event: object, shape: str):
    assert event_shape(event) == shape


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(["Records", "requestContext", "eventSource", "detail-type", "detail"]), inner)
    ),
)


@given(JSON)
def test_every_event_has_a_shape(event: object):
    assert isinstance(event_shape(event), str)


def test_a_body_is_json_in_plain_or_in_base64():
    assert json_body({"body": '{"a": "é"}'}) == {"a": "é"}
    coded = base64.b64encode('{"a": "é"}'.encode()).decode()
    assert json_body({"body": coded, "isBase64Encoded": True}) == {"a": "é"}


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({}, "the body is empty; send JSON"),
        ({"body": None}, "the body is empty; send JSON"),
        ({"body": " "}, "the body is empty; send JSON"),
        ({"body": {"already": "read"}}, "the body is empty; send JSON"),
        ({"body": "a=1&b=2"}, "the body is not JSON: Expecting value: line 1 column 1 (char 0)"),
        ({"body": '{"a": NaN}'}, "the body is not JSON: it has NaN"),
        ({"body": "[-Infinity]"}, "the body is not JSON: it has -Infinity"),
        ({"body": "[" * 200_000}, "the body is nested too deep"),
        ({"body": "9" * 50_000}, "the body has a number of too many digits"),
        ({"body": "no base64", "isBase64Encoded": True}, "the body is not UTF-8 in base64"),
        ({"body": base64.b64encode(b"\xff").decode(), "isBase64Encoded": True}, "the body is not UTF-8 in base64"),
    ],
)
def test_a_body_that_cannot_be_read_is_the_callers_fault(event: dict[str, Any], message: str):
    with pytest.raises(UserError) as raised:
        json_body(event)
    assert (str(raised.value), raised.value.status) == (message, 400)
