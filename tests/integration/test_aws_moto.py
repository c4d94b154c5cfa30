"""The control plane of tuning on AWS against moto's server, which imitates it apart from us; it invokes nothing."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from headstart.aws import leftovers, marks
from headstart.aws.account import Account
from headstart.aws.apply import apply
from headstart.aws.configuration import settings
from headstart.aws.published import PublishedSizes
from headstart.aws.waiting import Waits
from headstart.model.function import MemorySize

pytestmark = pytest.mark.slow
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
PACKAGE = b"PK\5\6" + bytes(18)
QUICK = Waits(poll_s=0.02, change_s=2)


@pytest.fixture
def name(
    aws_client: Callable[[str], Any], aws_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, request: Any
) -> str:
    """A function of 512 MB that no other test has, in the account that boto3 finds."""
    for variable, value in aws_environment.items():
        monkeypatch.setenv(variable, value)
    name = request.node.name.replace("_", "-")
    role = aws_client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    aws_client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=role,
        Handler="app.handler",
        Code={"ZipFile": PACKAGE},
        MemorySize=512,
        Description="mine",
        Environment={"Variables": {"A": "b"}},
    )
    return name


async def test_published_sizes(name: str):
    client = Account().functions
    original = await client.call("get_function_configuration", FunctionName=name)
    sizes = PublishedSizes(client, original, name=name, run_id="r1", waits=QUICK)
    for memory_mb, fresh in ((128, False), (1024, False), (128, True), (128, True)):
        target = await sizes.ready(memory_mb, fresh=fresh)
        found = await client.call("get_function_configuration", FunctionName=name, Qualifier=target.qualifier)
        assert found["MemorySize"] == memory_mb
    latest = await client.call("get_function_configuration", FunctionName=name)
    assert (latest["MemorySize"], latest["Description"]) == (512, "mine")
    assert len(await client.pages("list_versions_by_function", "Versions", FunctionName=name)) == 3
    await sizes.close()
    assert await client.pages("list_aliases", "Aliases", FunctionName=name) == []
    versions = await client.pages("list_versions_by_function", "Versions", FunctionName=name)
    assert [version["Version"] for version in versions] == ["$LATEST"]


async def test_copies_and_what_a_crash_leaves(name: str):
    client = Account().functions
    original = await client.call("get_function_configuration", FunctionName=name)
    await PublishedSizes(client, original, name=name, run_id="r1", waits=QUICK).ready(128)
    copy = await client.call(
        "create_function",
        FunctionName=marks.copy_name("r2", 256, function=name),
        Code={"ZipFile": PACKAGE},
        Description=marks.copy_description("r2", original["FunctionArn"], turn=1),
        MemorySize=256,
        **settings(original),
    )
    # moto keeps no log group.
    assert settings(copy) | {"LoggingConfig": settings(original)["LoggingConfig"]} == settings(original)
    assert sorted(await leftovers.remove(name, waits=QUICK)) == [
        "removed the alias headstart-tune-r1-128",
        "removed the alias headstart-tune-r1-was-512-now-128",
        f"removed the copy {copy['FunctionName']}",
        "removed version 1, of 128 MB",
    ]


async def test_a_size_put_into_use(name: str):
    done = await apply(name, MemorySize(1024), run_id="r1", alias="prod")
    assert (done.before_version, done.version) == (None, "1")
    client = Account().functions
    found = await client.call("get_function_configuration", FunctionName=name, Qualifier="prod")
    assert (found["MemorySize"], found["Description"]) == (1024, "mine")
    moved = await apply(f"{name}:prod", MemorySize(2048), run_id="r1")
    assert (moved.before_version, moved.before_memory_mb, moved.version) == ("1", 1024, "2")
