"""$LATEST of one function: changed for the moment in which a version is published, and put back at once.

What it was is noted on AWS before the first change, in the name and description of an alias, so that it can be put
back after a crash too. A change by others is noticed by the revision, and refused.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from headstart.aws import marks
from headstart.aws.account import Client
from headstart.aws.configuration import Configuration, guard, is_same_but_memory
from headstart.aws.names import LATEST
from headstart.aws.waiting import Waits, settled
from headstart.errors import AwsError

_TRIES: Final = 5
_CONFLICTS: Final = frozenset({"PreconditionFailedException", "ResourceConflictException"})
_MOVED_HINT: Final = "tune when nobody deploys, or with --no-publish"


class Latest:
    """``$LATEST`` of the function ``name``, which was found as ``original``. Its methods are not to be cancelled: see
    ``threads.to_its_end``."""

    def __init__(self, client: Client, original: Configuration, *, name: str, run_id: str, waits: Waits) -> None:
        self._client = client
        self._name = name
        self._original = original
        self._run_id = run_id
        self._waits = waits
        self._note: str | None = None
        self._changed_to: dict[str, Any] | None = None
        self.changes = 0

    @asynccontextmanager
    async def published(self, memory_mb: int, *, description: str | None = None) -> AsyncIterator[str]:
        """Publish a version with ``memory_mb`` and, unless it is None, ``description``, and give its number; at the end
        $LATEST is put back.

        Raises:
            AwsError: AWS refused, or others have changed the function.
        """
        was = _changeable(self._original)
        wanted = {"MemorySize": memory_mb, "Description": was["Description"] if description is None else description}
        found = await settled(self._client, self._name, waits=self._waits)
        self._require(found, was)
        try:
            if wanted != was:
                await self._note_original(memory_mb)
                self._changed_to = wanted
                self.changes += 1
                await self._guarded("update_function_configuration", **guard(found), **wanted)
                found = await settled(self._client, self._name, waits=self._waits)
                self._require(found, wanted)
            version = await self._guarded("publish_version", **guard(found))
            yield version["Version"]
        finally:
            await self._put_back()

    async def forget(self) -> None:
        """Remove the note of what it was, once it is that again."""
        await self._put_back()
        if self._note is not None:
            await self._client.call("delete_alias", FunctionName=self._name, Name=self._note)
            self._note = None

    async def _put_back(self) -> None:
        if self._changed_to is not None:
            was = _changeable(self._original)
            await put_back(self._client, self._name, was=was, changed=self._changed_to, waits=self._waits)
            self._changed_to = None

    async def _note_original(self, now_mb: int) -> None:
        if self._note is None:
            was = _changeable(self._original)
            note = marks.note(self._run_id, was_mb=was["MemorySize"], now_mb=now_mb)
            await self._client.call(
                "create_alias",
                FunctionName=self._name,
                Name=note,
                FunctionVersion=LATEST,
                Description=was["Description"],
            )
            self._note = note

    async def _guarded(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Send what is refused where the revision is another."""
        try:
            return await self._client.call(operation, FunctionName=self._name, **parameters)
        except AwsError as error:
            if error.code in _CONFLICTS:
                raise self._moved() from None
            raise

    def _require(self, found: Configuration, changeable: dict[str, Any]) -> None:
        if not is_same_but_memory(found, self._original) or _changeable(found) != changeable:
            raise self._moved()

    def _moved(self) -> AwsError:
        return AwsError(f"{self._name} was changed by others while it was tuned", hint=_MOVED_HINT)


def _changeable(configuration: Configuration) -> dict[str, Any]:
    return {"MemorySize": configuration["MemorySize"], "Description": configuration.get("Description", "")}


async def put_back(
    client: Client, name: str, *, was: dict[str, Any], changed: dict[str, Any], waits: Waits
) -> dict[str, Any]:
    """Put back of ``was`` what ``$LATEST`` still has as it was ``changed``; what others have set since stays. Give what
    was put back.

    Raises:
        AwsError: AWS refused, or others change the function all the time.
    """
    for _ in range(_TRIES):
        found = await settled(client, name, waits=waits)
        ours = {key: value for key, value in was.items() if found.get(key, "") == changed[key] != value}
        if not ours:
            return {}
        try:
            await client.call("update_function_configuration", FunctionName=name, **guard(found), **ours)
        except AwsError as error:
            if error.code not in _CONFLICTS:
                raise
        else:
            return ours
    raise AwsError(f"{name} could not be put back to {was['MemorySize']} MB: others change it all the time")
