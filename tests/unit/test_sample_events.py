import base64
import gzip
import io
import json

import pytest

from headstart.errors import EventError
from headstart.infra import sample_events
from headstart.infra.sample_events import load, names, read_event
from headstart.model import limits

# Where each kind of event says what it is, as handlers tell them apart.
TOLD_BY = {
    "s3-put": lambda event: event["Records"][0]["eventSource"] == "aws:s3",
    "s3-delete": lambda event: event["Records"][0]["eventName"].startswith("ObjectRemoved:"),
    "sqs": lambda event: json.loads(event["Records"][0]["body"])["order_id"],
    "sns": lambda event: json.loads(event["Records"][0]["Sns"]["Message"])["order_id"],
    "apigateway-v1": lambda event: event["requestContext"]["stage"] and event["httpMethod"],
    "apigateway-v2": lambda event: event["version"] == "2.0" and event["requestContext"]["http"]["method"],
    "function-url": lambda event: ".lambda-url." in event["requestContext"]["domainName"],
    "alb": lambda event: event["requestContext"]["elb"]["targetGroupArn"],
    "dynamodb-stream": lambda event: [r["eventName"] for r in event["Records"]] == ["INSERT", "MODIFY", "REMOVE"],
    "kinesis": lambda event: json.loads(base64.b64decode(event["Records"][0]["kinesis"]["data"])),
    "firehose": lambda event: json.loads(base64.b64decode(event["records"][0]["data"])),
    "eventbridge": lambda event: event["detail-type"] == "OrderPlaced",
    "scheduled": lambda event: event["source"] == "aws.events",
    "cloudwatch-logs": lambda event: json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))[
        "logEvents"
    ],
    "cognito-pre-signup": lambda event: event["triggerSource"] == "PreSignUp_SignUp",
    "ses": lambda event: event["Records"][0]["ses"]["receipt"]["recipients"],
    "codepipeline": lambda event: event["CodePipeline.job"]["data"]["inputArtifacts"],
    "step-functions": lambda event: event["task"]["token"],
    "hello-world": lambda event: event["key1"],
}


def no_input() -> io.BytesIO:
    return io.BytesIO()


def test_every_sample_is_told_apart():
    assert set(names()) == set(TOLD_BY)


@pytest.mark.parametrize("name", TOLD_BY)
def test_a_sample_has_the_shape_of_its_source(name):
    event = load(name)
    assert event.name == name
    assert TOLD_BY[name](json.loads(event.payload))


def test_an_unknown_name_suggests_the_near_one():
    with pytest.raises(EventError, match="s3-put, scheduled") as caught:
        read_event("s3put", no_input())
    assert caught.value.hint == "did you mean --event s3-put?"


def test_an_event_comes_from_a_file_under_its_name(tmp_path):
    (tmp_path / "order.json").write_text('{"id": 1}')
    event = read_event(str(tmp_path / "order.json"), no_input())
    assert (event.name, event.payload) == ("order", b'{"id": 1}')


def test_an_event_comes_from_standard_input():
    assert read_event("-", io.BytesIO(b"[1]")).payload == b"[1]"


def test_an_event_can_be_written_out():
    assert read_event('{"id": 1}', no_input()).payload == b'{"id": 1}'


def test_a_missing_file_is_said():
    with pytest.raises(EventError, match=r"event events/none\.json cannot be read: No such file"):
        read_event("events/none.json", no_input())


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (b'{"a": 1,\n "b": oops}', r'line 2, column 7:  "b": >>>oops}'),
        (b"", r"line 1, column 1 \(it is empty\)"),
        (b'{"a": NaN}', "NaN is no JSON number"),
        (b"\xff\xfe{", "is not UTF-8"),
        (b'{"a"', r'line 1, column 5: {"a">>>'),
        (b"[" * 100_000, "is not JSON"),
    ],
)
def test_what_is_not_json_is_refused_with_its_place(payload, said):
    with pytest.raises(EventError, match=said):
        read_event("-", io.BytesIO(payload))


def test_six_megabytes_are_accepted_and_one_byte_more_is_not():
    text = b'"' + b"x" * (limits.REQUEST_BYTES_MAX - 2) + b'"'
    assert len(sample_events.parse(text, name="big").payload) == limits.REQUEST_BYTES_MAX
    with pytest.raises(EventError, match="larger than 6,291,456 bytes"):
        read_event("-", io.BytesIO(text + b" "))
