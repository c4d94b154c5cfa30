"""Callers get answers, operators get faults, and what runs in between can ask what it is part of."""

import base64
import json
import time
from decimal import Decimal
from typing import Any

import pytest
from awslambdaric.lambda_context import LambdaContext

from headstart_kit import deadline, invocations
from headstart_kit.embedded_metrics import metrics
from headstart_kit.errors import InternalError, UserError
from headstart_kit.handlers import handler
from headstart_kit.invocations import Invocation, invocation

POST = {"http": {"method": "POST"}}
HTTP = {
    "api-gateway-v1": {"httpMethod": "POST", "headers": {}, "multiValueHeaders": {}, "requestContext": {"stage": "p"}},
    "api-gateway-v2": {"version": "2.0", "requestContext": {**POST, "domainName": "x.execute-api.eu-west-1.aws"}},
    "function-url": {"version": "2.0", "requestContext": {**POST, "domainName": "x.lambda-url.eu-west-1.on.aws"}},
    "alb": {"httpMethod": "POST", "headers": {}, "requestContext": {"elb": {"targetGroupArn": "arn:aws:…"}}},
}
QUEUES = {
    "sqs": {"Records": [{"eventSource": "aws:sqs", "body": "{}"}]},
    "kinesis": {"Records": [{"eventSource": "aws:kinesis", "kinesis": {"data": ""}}]},
    "dynamodb": {"Records": [{"eventSource": "aws:dynamodb", "dynamodb": {}}]},
    "sns": {"Records": [{"EventSource": "aws:sns", "Sns": {}}]},
    "eventbridge": {"source": "my.app", "detail-type": "Placed", "detail": {}},
}


def context(remaining_ms: int = 3000) -> LambdaContext:
    return LambdaContext("req-1", None, None, int(time.time() * 1000) + remaining_ms, "arn:aws:lambda:…")


def fault_lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"ERROR"' in line]


@handler
def fail(event: dict[str, Any], context: object) -> None:
    raise KeyError("DB_HOST")


@handler
def refuse(event: dict[str, Any], context: object) -> None:
    raise UserError("no such order", status=404)


def test_a_handler_knows_its_invocation():
    @handler(margin_ms=500)
    def handle(event, context):
        seen.append(invocation())
        seen.append(deadline.current())
        return {"ok": True}

    seen: list[Any] = []
    outside = invocation(), deadline.current()
    assert handle({"a": 1}, context(3000)) == {"ok": True}
    facts = seen[0]
    assert seen[1] is facts.deadline
    assert 2000 < facts.deadline.remaining_ms <= 2500
    assert (facts.request_id, facts.event) == ("req-1", {"a": 1})
    assert (invocation(), deadline.current()) == outside
    handle({}, context())
    assert seen[2].number == facts.number + 1
    assert facts.init_ms > 0


def test_d56_a_handler_runs_without_a_context():
    @handler
    def handle(event, context):
        return invocation().request_id, invocation().deadline.fits(1e9), context

    assert handle({}) == (None, True, None)
    assert handle({}, None) == (None, True, None)
    assert refuse({}, None) == {"error": "no such order", "status": 404, "request_id": None}


@pytest.mark.parametrize(
    ("kind", "number", "is_cold"),
    [
        ("on-demand", 1, True),
        ("on-demand", 2, False),
        ("provisioned-concurrency", 1, False),
        ("snap-start", 1, False),
        ("lambda-managed-instances", 1, False),
    ],
)
def test_d54_only_an_environment_made_on_demand_is_cold(kind, number, is_cold, monkeypatch):
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", kind)
    facts = Invocation({}, context(), number=number)
    assert (facts.initialization_type, facts.cold_start) == (kind, is_cold)


def test_d53_durations_come_from_a_clock_that_only_grows():
    ticks = iter([100.0, 100.25])
    facts = Invocation({}, context(), ticks_s=lambda: next(ticks))
    assert facts.handler_ms == 250.0


def test_the_time_between_invocations_is_known():
    idle_ms: list[float] = []
    handle = handler(lambda event, context: idle_ms.append(invocation().idle_ms))
    handle({})
    time.sleep(0.05)
    handle({})
    assert 45 <= idle_ms[1] < 5000


def test_a_direct_event_gets_the_result_itself():
    result = {"statusless": object()}
    assert handler(lambda event, context: result)({"a": 1}) is result


@pytest.mark.parametrize("event", HTTP.values(), ids=HTTP)
def test_a_request_over_http_gets_a_proxy_response(event):
    assert handler(lambda event, context: {"total": Decimal(5), "rate": Decimal("0.5")})(event, context()) == {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "body": '{"total": 5, "rate": 0.5}',
        "isBase64Encoded": False,
    }


def test_bytes_go_in_base64():
    response = handler(lambda event, context: b"\x89PNG")(HTTP["function-url"])
    assert base64.b64decode(response["body"]) == b"\x89PNG"
    assert response["isBase64Encoded"] is True
    assert response["headers"] == {"content-type": "application/octet-stream"}


def test_no_bytes_are_an_empty_body():
    assert handler(lambda event, context: b"")(HTTP["alb"])["body"] == ""


def test_a_response_that_is_one_stays_as_it_is():
    own = {"statusCode": 302, "headers": {"location": "/"}}
    assert handler(lambda event, context: own)(HTTP["alb"]) is own


def test_a_load_balancer_that_lists_header_values_gets_lists():
    event = {**HTTP["alb"], "multiValueHeaders": {}}
    del event["headers"]
    response = handler(lambda event, context: [1])(event)
    assert response["multiValueHeaders"] == {"content-type": ["application/json"]}
    assert "headers" not in response


@pytest.mark.parametrize("result", [{1, 2}, float("nan"), Decimal("NaN"), Decimal("Infinity"), object()])
def test_a_result_that_is_not_json_is_a_fault(result, capsys):
    with pytest.raises(InternalError):
        handler(lambda event, context: result)(HTTP["alb"], context())
    assert len(fault_lines(capsys)) == 1


@pytest.mark.parametrize("event", HTTP.values(), ids=HTTP)
def test_a_user_error_is_an_answer_over_http(event):
    response = refuse(event, context())
    assert response["statusCode"] == 404
    assert json.loads(response["body"]) == {"error": "no such order", "status": 404, "request_id": "req-1"}


def test_a_user_error_is_an_answer_to_a_direct_event():
    assert refuse({"a": 1}, context()) == {"error": "no such order", "status": 404, "request_id": "req-1"}


@pytest.mark.parametrize("event", QUEUES.values(), ids=QUEUES)
def test_a_user_error_that_nobody_would_read_is_a_fault(event, capsys):
    with pytest.raises(InternalError):
        refuse(event, context())
    assert fault_lines(capsys)[0]["error"]["type"] == "UserError"


@pytest.mark.parametrize("event", [{"a": 1}, HTTP["api-gateway-v1"], HTTP["function-url"]])
def test_d38_a_fault_is_raised_after_it_was_logged(event, capsys, monkeypatch):
    monkeypatch.delenv("_X_AMZN_TRACE_ID", raising=False)
    with pytest.raises(InternalError):
        fail(event, context())
    (line,) = fault_lines(capsys)
    assert (line["requestId"], line["error"]["type"], line["error"]["message"]) == ("req-1", "KeyError", "'DB_HOST'")
    assert 'raise KeyError("DB_HOST")' in "".join(line["error"]["stack"])


def test_d46_a_caller_never_sees_internals():
    with pytest.raises(InternalError, match=r"^internal error; it is in the log under request id req-1$") as raised:
        fail({}, context())
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


def test_faults_can_be_revealed(capsys):
    with pytest.raises(KeyError):
        handler(reveal_faults=True)(fail.__wrapped__)({}, context())
    assert len(fault_lines(capsys)) == 1


def test_what_is_no_exception_but_an_end_goes_through():
    def leave(event: object, context: object) -> None:
        raise SystemExit(3)

    before = invocation()
    with pytest.raises(SystemExit):
        handler(leave)({})
    assert invocation() is before


@pytest.mark.parametrize("ends_in_a_fault", [False, True])
def test_metrics_are_written_once_however_it_ends(ends_in_a_fault, capsys):
    @handler
    def handle(event, context):
        metrics.add("Seen", 1)
        metrics.add("Seen", 2)
        if ends_in_a_fault:
            raise ValueError

    try:
        handle({}, context())
    except InternalError:
        assert ends_in_a_fault
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (line,) = [line for line in lines if "_aws" in line]
    assert (line["Seen"], line["requestId"]) == ([1, 2], "req-1")


def test_what_ends_an_invocation_cannot_keep_it_current():
    def break_down_once() -> None:
        if faults:
            raise faults.pop()

    faults = [OSError("stdout is gone")]
    before = invocation(), deadline.current()
    invocations.at_end(break_down_once)
    with pytest.raises(OSError, match="stdout is gone"):
        handler(lambda event, context: 1)({}, context())
    assert (invocation(), deadline.current()) == before


def test_a_handler_keeps_its_name():
    assert fail.__name__ == "fail"
    assert handler(margin_ms=1)(fail).__name__ == "fail"
