"""Copies of a function on AWS in place of versions of it, and what a crash has left of either."""

import pytest
from aws_endpoint_fixture import Endpoint
from aws_lambda_state import Refused
from test_aws_tuned import EVENT, QUICK, opened

from headstart.aws import leftovers
from headstart.aws.account import Account
from headstart.aws.configuration import settings
from headstart.aws.copied import CopiedSizes
from headstart.aws.published import PublishedSizes
from headstart.errors import AwsError
from headstart.model.caveats import CaveatCode
from headstart.model.function import MemorySize

ARN = "arn:aws:lambda:us-east-1:123456789012:function:tuneme"
LATEST_ONLY = ("GetFunctionConfiguration", "GetFunction", "CreateFunction", "DeleteFunction", "Invoke")


async def test_without_publishing_each_size_is_a_function_with_the_same_settings(aws_endpoint: Endpoint):
    function = aws_endpoint.add(
        Layers=[{"Arn": f"{ARN}:layer:1", "CodeSize": 3}],
        VpcConfig={"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"], "VpcId": "vpc-1"},
        TracingConfig={"Mode": "Active"},
        Timeout=9,
    )
    async with opened(publishes=False) as target:
        for memory_mb in (256, 1024, 256):
            report = await target.invoker.at_memory(MemorySize(memory_mb)).invoke(EVENT)
            assert report.memory_size_mb == memory_mb
        copies = [found for name, found in aws_endpoint.functions.items() if name != "tuneme"]
        assert [copy.name for copy in copies] == ["headstart-tune-r1-256-tuneme", "headstart-tune-r1-1024-tuneme"]
        assert [settings(copy.latest) for copy in copies] == [settings(function.latest)] * 2
        assert copies[0].latest["LoggingConfig"]["LogGroup"] == "/aws/lambda/tuneme"
        assert [caveat.code for caveat in target.caveats()] == [CaveatCode.RAN_AS_COPY]
    assert set(aws_endpoint.calls) == set(LATEST_ONLY)
    assert list(aws_endpoint.functions) == ["tuneme"]


async def test_a_fresh_copy_is_one_whose_configuration_was_changed(aws_endpoint: Endpoint):
    aws_endpoint.add()
    async with opened(publishes=False) as target:
        small = target.invoker.at_memory(MemorySize(128))
        assert [(await small.invoke(EVENT, fresh=fresh)).cold for fresh in (True, True, False)] == [True, True, False]
    assert aws_endpoint.leftovers() == []


@pytest.mark.parametrize(
    ("qualifier", "changed"), [("1", {"CodeSha256": "code-2"}), ("prod", {"Handler": "other.handler"})]
)
async def test_a_version_whose_code_or_settings_are_others_is_copied(
    aws_endpoint: Endpoint, qualifier: str, changed: dict[str, str]
):
    function = aws_endpoint.add(MemorySize=1769)
    function.publish({})
    function.create_alias({"Name": "prod", "FunctionVersion": "1"})
    function.update({**changed, "MemorySize": 512})
    async with opened(f"{ARN}:{qualifier}") as target:
        await target.invoker.invoke(EVENT)
        copy = aws_endpoint.functions["headstart-tune-r1-1769-tuneme"]
        assert copy.latest["Handler"] == "app.handler"
        assert target.function.memory_mb == 1769
    assert list(aws_endpoint.functions) == ["tuneme"]
    assert list(function.versions) == ["1"]


async def test_a_version_that_is_as_latest_is_tuned_by_publishing(aws_endpoint: Endpoint):
    function = aws_endpoint.add(MemorySize=1769)
    function.publish({})
    function.update({"MemorySize": 512})
    async with opened("tuneme:1") as target:
        await target.invoker.at_memory(MemorySize(256)).invoke(EVENT)
        assert list(aws_endpoint.functions) == ["tuneme"]
        assert target.function.memory_mb == 1769
    assert list(function.versions) == ["1"]
    assert function.latest["MemorySize"] == 512


async def test_a_package_too_large_to_copy_is_refused(aws_endpoint: Endpoint):
    aws_endpoint.add(CodeSize=60 * 1024 * 1024)
    with pytest.raises(AwsError, match="60 MB; a copy can be made of 50 MB") as caught:
        async with opened(publishes=False) as target:
            await target.invoker.invoke(EVENT)
    assert "without --no-publish" in caught.value.hint


async def test_what_a_crash_left_is_found_by_its_marks_and_nothing_else_is(aws_endpoint: Endpoint):
    function = aws_endpoint.add(Description="mine", MemorySize=512)
    function.publish({})
    function.create_alias({"Name": "prod", "FunctionVersion": "1"})
    aws_endpoint.add("tuneme2", Description="headstart tune r1: 128 MB (1)")
    aws_endpoint.add("mine", Description=f"headstart tune r1: copy of {ARN} (1)")

    def refuse_the_last_change(called: str, _: str) -> None:
        if called == "UpdateFunctionConfiguration" and aws_endpoint.count(called) > 3:
            raise Refused(403, "AccessDeniedException", "no")

    aws_endpoint.on = refuse_the_last_change
    client, original = Account().functions, dict(function.latest)
    published = PublishedSizes(client, original, name="tuneme", run_id="r1", waits=QUICK)
    await published.ready(128)
    with pytest.raises(AwsError, match="lambda:UpdateFunctionConfiguration"):
        await published.ready(256)
    await CopiedSizes(client, original, name="tuneme", run_id="r2", waits=QUICK).ready(512)
    aws_endpoint.on = lambda called, name: None
    assert function.latest["MemorySize"] == 256
    assert sorted(await leftovers.remove("tuneme", waits=QUICK)) == [
        "put $LATEST back to 512 MB",
        "removed the alias headstart-tune-r1-128",
        "removed the alias headstart-tune-r1-was-512-now-128",
        "removed the copy headstart-tune-r2-512-tuneme",
        "removed version 2, of 128 MB",
        "removed version 3, of 256 MB",
    ]
    assert (function.latest["MemorySize"], function.latest["Description"]) == (512, "mine")
    assert (list(function.versions), list(function.aliases)) == (["1"], ["prod"])
    assert aws_endpoint.leftovers() == ["tuneme2", "mine"]
    assert await leftovers.remove("tuneme", waits=QUICK) == ()


async def test_a_memory_size_that_others_set_after_the_crash_stays(aws_endpoint: Endpoint):
    function = aws_endpoint.add(Description="new", MemorySize=2048)
    note = {"Name": "headstart-tune-r1-was-512-now-128", "FunctionVersion": "$LATEST", "Description": "mine"}
    function.create_alias(note)
    assert await leftovers.remove("tuneme", waits=QUICK) == ("removed the alias headstart-tune-r1-was-512-now-128",)
    assert (function.latest["MemorySize"], function.latest["Description"]) == (2048, "new")
