"""$LATEST of one function: changed for the moment in which a version is published, and put back at once.

What it was is noted on AWS before the first change, in the name and description of an alias, so that it can be put
back after a crash too. A change by others is noticed by the revision, and refused.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from headstart.aws import marks
from headstart.aws.account import Client
from headstart.aws.configuration import Configuration, is_same_but_memory
from headstart.aws.names import LATEST
from headstart.aws.waiting import Waits, settled
from headstart.errors import AwsError

_TRIES: Final = 5
_CONFLICTS: Final = frozenset({"PreconditionFailedException", "ResourceConflictException"})
_MOVED_HINT: Final = "tune when nobody deploys, or with --no-publish"


class Latest:
    """``$LATEST`` of the function ``name``, which was found as ``original``."""

    def __init__(self, client: Client, original: Configuration, *, name: str, run_id: str, waits: Waits) -> None:
        self._client = client
        self._name = name
        self._original = original
        self._waits = waits
        self._note = marks.note(run_id, original["MemorySize"])
        self._is_noted = False
        self.changes = 0

    async def publish(self, memory_mb: int, *, description: str | None = None) -> str:
        """Publish a version with ``memory_mb`` and, unless it is None, ``description``; give its number. Not to be
        cancelled: see ``threads.to_its_end``.

        Raises:
            AwsError: AWS refused, or others have changed the function.
        """
        wanted = {"MemorySize": memory_mb, "Description": self._original.get("Description", "")}
        if description is not None:
            wanted["Description"] = description
        async with self._changed(wanted) as revision:
            version = await self._guarded("publish_version", RevisionId=revision)
        return str(version["Version"])

    async def forget(self) -> None:
        """Remove the note of what it was, which is put back."""
        if self._is_noted:
            await self._client.call("delete_alias", FunctionName=self._name, Name=self._note)
            self._is_noted = False

    @asynccontextmanager
    async def _changed(self, wanted: dict[str, Any]) -> AsyncIterator[str]:
        """``$LATEST`` with what is ``wanted`` of it, as long as this lasts; gives its revision."""
        before = await settled(self._client, self._name, waits=self._waits)
        self._require_same(before, self._changeable(self._original))
        if wanted == self._changeable(before):
            yield before["RevisionId"]
            return
        await self._note_original()
        try:
            await self._guarded("update_function_configuration", RevisionId=before["RevisionId"], **wanted)
            self.changes += 1
            after = await settled(self._client, self._name, waits=self._waits)
            self._require_same(after, wanted)
            yield after["RevisionId"]
        finally:
            await put_back(
                self._client, self._name, was=self._changeable(self._original), changed=wanted, waits=self._waits
            )

    async def _guarded(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Send what is refused where the revision is another."""
        try:
            return await self._client.call(operation, FunctionName=self._name, **parameters)
        except AwsError as error:
            if error.code in _CONFLICTS:
                raise self._moved() from None
            raise

    async def _note_original(self) -> None:
        if not self._is_noted:
            await self._client.call(
                "create_alias",
                FunctionName=self._name,
                Name=self._note,
                FunctionVersion=LATEST,
                Description=self._original.get("Description", ""),
            )
            self._is_noted = True

    def _require_same(self, found: Configuration, changeable: dict[str, Any]) -> None:
        if not is_same_but_memory(found, self._original) or self._changeable(found) != changeable:
            raise self._moved()

    def _moved(self) -> AwsError:
        return AwsError(f"{self._name} was changed by others while it was tuned", hint=_MOVED_HINT)

    @staticmethod
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
            await client.call(
                "update_function_configuration", FunctionName=name, RevisionId=found["RevisionId"], **ours
            )
        except AwsError as error:
            if error.code not in _CONFLICTS:
                raise
        else:
            return ours
    raise AwsError(f"{name} could not be put back to {was['MemorySize']} MB: others change it all the time")
