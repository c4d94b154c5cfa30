"""A memory size is put into use on AWS: a version is published and an alias moved, and nothing else changes."""

import pytest
from aws_endpoint_fixture import Endpoint
from aws_lambda_state import DeployedFunction, Refused

from headstart.aws.apply import Move, apply
from headstart.errors import AwsError, InvalidValueError
from headstart.model.function import MemorySize

SIZE = MemorySize(1024)


def deployed(endpoint: Endpoint) -> DeployedFunction:
    function = endpoint.add(Description="mine")
    function.publish({})
    function.create_alias({"Name": "prod", "FunctionVersion": "1"})
    return function


@pytest.mark.parametrize(("name", "alias"), [("tuneme", "prod"), ("tuneme:prod", None)])
async def test_the_alias_gets_a_version_with_the_size_and_latest_keeps_its_own(
    aws_endpoint: Endpoint, name: str, alias: str | None
):
    function = deployed(aws_endpoint)
    expected = Move(
        function="tuneme", alias="prod", before_version="1", before_memory_mb=512, memory_mb=1024, version=None
    )
    assert await apply(name, SIZE, run_id="r1", alias=alias, is_dry_run=True) == expected
    assert aws_endpoint.count("UpdateFunctionConfiguration") == 0
    done = await apply(name, SIZE, run_id="r1", alias=alias)
    assert (done.version, done.before_version) == ("2", "1")
    assert {name: found.version for name, found in function.aliases.items()} == {"prod": "2"}
    assert (function.versions["2"]["MemorySize"], function.versions["2"]["Description"]) == (1024, "mine")
    assert (function.latest["MemorySize"], function.latest["Description"]) == (512, "mine")
    assert not (await apply(name, SIZE, run_id="r1", alias=alias)).is_needed
    assert (list(function.versions), aws_endpoint.count("PublishVersion")) == (["1", "2"], 1)


async def test_an_alias_that_is_not_there_is_made(aws_endpoint: Endpoint):
    function = deployed(aws_endpoint)
    done = await apply("tuneme", SIZE, run_id="r1", alias="tuned")
    assert (done.before_version, done.before_memory_mb, done.version) == (None, None, "2")
    assert function.aliases["tuned"].version == "2"


async def test_latest_is_changed_only_where_it_is_named(aws_endpoint: Endpoint):
    function = deployed(aws_endpoint)
    done = await apply("tuneme", SIZE, run_id="r1", alias="$LATEST")
    assert (done.version, done.before_memory_mb) == ("$LATEST", 512)
    assert (function.latest["MemorySize"], list(function.versions)) == (1024, ["1"])


@pytest.mark.parametrize(("name", "alias"), [("tuneme", None), ("tuneme:1", None), ("tuneme", "7"), ("tuneme", "a b")])
async def test_without_an_alias_there_is_nothing_to_move(aws_endpoint: Endpoint, name: str, alias: str | None):
    deployed(aws_endpoint)
    with pytest.raises(InvalidValueError, match=r"a name with a letter in it, or \$LATEST"):
        await apply(name, SIZE, run_id="r1", alias=alias)
    assert aws_endpoint.calls == []


async def test_an_alias_is_not_moved_where_that_would_deploy_more_than_a_size(aws_endpoint: Endpoint):
    function = deployed(aws_endpoint)
    function.update({"CodeSha256": "code-2"})
    with pytest.raises(AwsError, match="differ from \\$LATEST's") as caught:
        await apply("tuneme", SIZE, run_id="r1", alias="prod")
    assert "--alias" in caught.value.hint
    function.update({"CodeSha256": "code-1"})
    function.aliases["prod"].weights = {"1": 0.1}
    with pytest.raises(AwsError, match="shares traffic"):
        await apply("tuneme", SIZE, run_id="r1", alias="prod", is_dry_run=True)
    assert list(function.versions) == ["1"]


async def test_an_alias_that_was_moved_by_others_stays_and_latest_is_put_back(aws_endpoint: Endpoint):
    function = deployed(aws_endpoint)

    def deploy(called: str, _: str) -> None:
        if called == "UpdateAlias":
            function.update_alias("prod", {"FunctionVersion": "1"})

    aws_endpoint.on = deploy
    with pytest.raises(AwsError, match="lambda:UpdateAlias"):
        await apply("tuneme", SIZE, run_id="r1", alias="prod")
    assert (function.aliases["prod"].version, function.latest["MemorySize"]) == ("1", 512)
    assert aws_endpoint.leftovers() == []


async def test_a_crash_while_a_size_is_put_into_use_is_cleaned_up(aws_endpoint: Endpoint):
    from headstart.aws import leftovers

    function = deployed(aws_endpoint)

    def refuse(called: str, _: str) -> None:
        if called == "PublishVersion" or (called, aws_endpoint.count(called)) > ("UpdateFunctionConfiguration", 1):
            raise Refused(403, "AccessDeniedException", "no")

    aws_endpoint.on = refuse
    with pytest.raises(AwsError):
        await apply("tuneme", SIZE, run_id="r1", alias="prod")
    aws_endpoint.on = lambda called, name: None
    assert (function.latest["MemorySize"], len(function.aliases)) == (1024, 2)
    assert await leftovers.remove("tuneme") == (
        "put $LATEST back to 512 MB",
        "removed the alias headstart-tune-r1-was-512-now-1024",
    )
    assert (function.latest["MemorySize"], function.latest["Description"]) == (512, "mine")
