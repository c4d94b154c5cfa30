"""What tuning takes from AWS besides the function: events in S3, hooks, credentials, a region."""

import subprocess
import sys
from typing import Any

import pytest
from aws_endpoint_fixture import Endpoint
from aws_lambda_state import Call, Ran
from test_aws_tuned import opened

from headstart.aws import hooks, payload
from headstart.aws.apply import apply
from headstart.errors import AwsError, EventError, InvalidValueError
from headstart.model.function import MemorySize
from headstart.model.invocation import Event

EVENT = Event(b'{"n": 1}', "one", 2.0)


def test_an_event_is_read_from_s3(aws_endpoint: Endpoint):
    aws_endpoint.objects["bucket/events/a b.json"] = b'{"n": 2}'
    assert payload.read("s3://bucket/events/a b.json") == b'{"n": 2}'


@pytest.mark.parametrize(
    ("url", "error", "says"),
    [
        ("s3://bucket", EventError, "s3://BUCKET/KEY"),
        ("https://bucket/key", EventError, "s3://BUCKET/KEY"),
        ("bucket/key", EventError, "s3://BUCKET/KEY"),
        ("s3://bucket/large", EventError, "6,291,457 bytes"),
        ("s3://bucket/other", AwsError, "s3:GetObject: It is not there"),
        ("s3://elsewhere/other", AwsError, "NoSuchBucket"),
        ("s3://Not_a bucket/other", AwsError, "s3:GetObject was not sent"),
    ],
)
def test_what_is_no_event_in_s3_says_why(aws_endpoint: Endpoint, url: str, error: type[Exception], says: str):
    aws_endpoint.objects["bucket/large"] = bytes(6 * 1024 * 1024 + 1)
    with pytest.raises(error, match=says):
        payload.read(url)


@pytest.mark.parametrize(
    ("answer", "expected"), [(b'{"n": 9}', Event(b'{"n": 9}', "one", 2.0)), (b"null", None), (b'""', None)]
)
def test_the_answer_of_the_hook_before_takes_the_place_of_the_event(
    aws_endpoint: Endpoint, answer: bytes, expected: Event | None
):
    function = aws_endpoint.add("hook")
    function.behave = lambda call: Ran(1, answer)
    assert hooks.before("arn:aws:lambda:us-east-1:123456789012:function:hook:$LATEST")(EVENT) == expected
    assert function.invocations[0].payload == EVENT.payload


def test_the_hook_after_gets_the_answer(aws_endpoint: Endpoint):
    function = aws_endpoint.add("hook")
    function.throttled = 1
    hooks.after("hook")(EVENT, b'{"ok": true}')
    assert function.invocations[0].payload == b'{"ok": true}'


def test_a_hook_that_fails_is_named(aws_endpoint: Endpoint):
    def fail(_: Call) -> Ran:
        return Ran(1, b'{"errorType":"KeyError","errorMessage":"\'x\'"}', is_error=True)

    aws_endpoint.add("hook").behave = fail
    with pytest.raises(AwsError, match="--before hook failed: KeyError: 'x'"):
        hooks.before("hook")(EVENT)
    with pytest.raises(AwsError, match="--after hook failed"):
        hooks.after("hook")(EVENT, b"1")
    with pytest.raises(AwsError, match="Function not found"):
        hooks.before("absent")(EVENT)


async def test_a_function_that_is_not_there_is_said(aws_endpoint: Endpoint):
    with pytest.raises(AwsError, match=r"Function not found: .*:absent") as caught:
        async with opened("absent"):
            pass
    assert "region" in caught.value.hint


async def test_the_context_of_an_event_arrives_as_the_client_library_sends_it(aws_endpoint: Endpoint):
    aws_endpoint.add()
    async with opened() as target:
        await target.invoker.invoke(Event(b"{}", client_context='{"custom": {"a": 1}}'))
    assert aws_endpoint.client_contexts == [{"custom": {"a": 1}}]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"CapacityProviderConfig": {"LambdaManagedInstancesCapacityProviderConfig": {}}}, "Managed Instances"),
        ({"TenancyConfig": {"TenantIsolationMode": "PER_TENANT"}}, "isolates tenants"),
    ],
)
async def test_a_function_that_cannot_be_tuned_by_invoking_it_is_said(
    aws_endpoint: Endpoint, settings: dict[str, Any], says: str
):
    aws_endpoint.add(**settings)
    with pytest.raises(AwsError, match=says):
        async with opened():
            pass
    with pytest.raises(AwsError, match=says):
        await apply("tuneme", MemorySize(256), run_id="r1", alias="prod")


async def test_a_copy_is_refused_whose_variables_cannot_be_read(aws_endpoint: Endpoint):
    aws_endpoint.add(Environment={"Error": {"ErrorCode": "AccessDenied", "Message": "no kms:Decrypt"}})
    with pytest.raises(AwsError, match="cannot be read: no kms:Decrypt"):
        async with opened(publishes=False) as target:
            await target.invoker.invoke(EVENT)
    assert aws_endpoint.count("CreateFunction") == 0


async def test_a_size_beyond_those_that_can_be_tuned_is_said(aws_endpoint: Endpoint):
    aws_endpoint.add(MemorySize=32_768)
    with pytest.raises(InvalidValueError, match="32768"):
        async with opened():
            pass


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({}, "no credentials of AWS"),
        ({"AWS_DEFAULT_REGION": ""}, "no region of AWS"),
        ({"AWS_PROFILE": "absent"}, "ProfileNotFound"),
    ],
)
async def test_without_an_account_it_says_what_is_missing(
    no_aws_account: None, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], says: str
):
    for name, value in {"AWS_DEFAULT_REGION": "us-east-1", "AWS_SECRET_ACCESS_KEY": "b", **variables}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(AwsError, match=says) as caught:
        async with opened():
            pass
    assert caught.value.hint


def test_without_the_extra_it_is_said_what_to_install():
    program = (
        "import sys; sys.modules['boto3'] = None; from headstart.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    words = [sys.executable, "-c", program, "tune", "--aws", "tuneme"]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.splitlines()[-1].strip() == "hint: pip install 'headstart[aws]'"
