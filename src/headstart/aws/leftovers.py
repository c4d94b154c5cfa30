"""Finds and removes what a run of tuning that crashed has left on AWS, by its marks."""

from collections.abc import AsyncIterator
from typing import Any

from headstart.aws import marks
from headstart.aws.account import Account, Client
from headstart.aws.configuration import Configuration
from headstart.aws.latest import put_back
from headstart.aws.names import LATEST, parse
from headstart.aws.sizes import removed
from headstart.aws.waiting import Waits, settled


async def remove(function: str, *, region: str | None = None, waits: Waits | None = None) -> tuple[str, ...]:
    """Remove what tuning has left of ``function`` and put $LATEST back; a line for each thing that was done.

    Not to be used while the function is being tuned: that run's versions are removed too.

    Raises:
        ExtraMissingError: boto3 is not installed.
        InvalidValueError: ``function`` is no name of a function.
        AwsError: AWS refused.
    """
    name, waits = parse(function), waits or Waits()
    client = Account(name.region or region).functions
    found = await settled(client, name.unqualified, waits=waits)
    arn = parse(found["FunctionArn"]).unqualified
    done = [line async for line in _of_function(client, found, name=name.unqualified, waits=waits)]
    return (*done, *[line async for line in _copies(client, arn)])


async def _of_function(client: Client, latest: Configuration, *, name: str, waits: Waits) -> AsyncIterator[str]:
    """$LATEST first, for the note says what it was; then aliases, then the versions that they had."""
    aliases = await client.pages("list_aliases", "Aliases", FunctionName=name)
    for alias in aliases:
        was = _was(latest, alias)
        changed = {key: latest.get(key, "") for key in was}
        if was and await put_back(client, name, was=was, changed=changed, waits=waits):
            yield f"put $LATEST back to {was['MemorySize']} MB"
    for alias_name in [alias["Name"] for alias in aliases if marks.run_of_alias(alias["Name"])]:
        if await removed(client, "delete_alias", FunctionName=name, Name=alias_name):
            yield f"removed the alias {alias_name}"
    for version in await client.pages("list_versions_by_function", "Versions", FunctionName=name):
        number = version["Version"]
        is_ours = number != LATEST and marks.run_of_description(version.get("Description", "")) is not None
        if is_ours and await removed(client, "delete_function", FunctionName=name, Qualifier=number):
            yield f"removed version {number}, of {version['MemorySize']} MB"


def _was(latest: Configuration, alias: dict[str, Any]) -> dict[str, Any]:
    """What $LATEST was before the run that made ``alias``, if that is a note and it still is as that run changed it."""
    noted = marks.noted(alias["Name"])
    if noted is None:
        return {}
    was_mb, now_mb = noted
    description, now = alias.get("Description", ""), latest.get("Description", "")
    is_ours = marks.run_of_description(now) == marks.run_of_alias(alias["Name"])
    is_being_applied = now == description and latest["MemorySize"] == now_mb
    return {"MemorySize": was_mb, "Description": description} if is_ours or is_being_applied else {}


async def _copies(client: Client, arn: str) -> AsyncIterator[str]:
    for function in await client.pages("list_functions", "Functions"):
        name = function["FunctionName"]
        is_ours = marks.could_be_copy(name) and marks.is_copy_of(function.get("Description", ""), arn)
        if is_ours and await removed(client, "delete_function", FunctionName=name):
            yield f"removed the copy {name}"
