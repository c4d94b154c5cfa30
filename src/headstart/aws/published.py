"""Memory sizes of a function as versions of it, one for each size, each on an alias of its own."""

import asyncio

from headstart.aws import marks, threads
from headstart.aws.account import Client
from headstart.aws.configuration import Configuration
from headstart.aws.latest import Latest
from headstart.aws.sizes import Target, each, removed
from headstart.aws.waiting import Waits, settled
from headstart.model.caveats import Caveat, CaveatCode


class _Size:
    """What was made for one memory size: ``versions`` that are there, the latest last, and an alias for that."""

    def __init__(self) -> None:
        self.versions: list[str] = []
        self.has_alias = False
        self.is_used = False


class PublishedSizes:
    """Sizes (see sizes.py) of the function ``name``, whose ``$LATEST`` was found as ``original``."""

    def __init__(self, client: Client, original: Configuration, *, name: str, run_id: str, waits: Waits) -> None:
        self._client = client
        self._name = name
        self._run_id = run_id
        self._waits = waits
        self._latest = Latest(client, original, name=name, run_id=run_id, waits=waits)
        self._sizes: dict[int, _Size] = {}
        self._turn = 0
        self._one_at_a_time = asyncio.Lock()

    async def ready(self, memory_mb: int, *, fresh: bool = False) -> Target:
        """The alias of a version with ``memory_mb``; with ``fresh``, of one that was never invoked."""
        async with self._one_at_a_time:
            size = self._sizes.setdefault(memory_mb, _Size())
            if not size.has_alias or (fresh and size.is_used):
                await threads.to_its_end(self._publish(size, memory_mb))
            if not size.is_used:
                await settled(self._client, self._name, waits=self._waits, qualifier=size.versions[-1])
            size.is_used = True
        return Target(self._name, marks.alias(self._run_id, memory_mb))

    async def close(self) -> None:
        """Remove all versions and aliases, and the note of what $LATEST was."""
        async with self._one_at_a_time:
            await threads.to_its_end(each(*map(self._remove, tuple(self._sizes)), self._latest.forget()))

    def caveats(self) -> tuple[Caveat, ...]:
        """That $LATEST was changed for moments, where it was."""
        changes = self._latest.changes
        return (Caveat(CaveatCode.LATEST_CHANGED, f"{changes} times"),) if changes else ()

    async def _publish(self, size: _Size, memory_mb: int) -> None:
        self._turn += 1
        description = marks.version_description(self._run_id, memory_mb, turn=self._turn)
        async with self._latest.published(memory_mb, description=description) as version:
            size.versions.append(version)
            size.is_used = False
        await self._client.call(
            "update_alias" if size.has_alias else "create_alias",
            FunctionName=self._name,
            Name=marks.alias(self._run_id, memory_mb),
            FunctionVersion=version,
        )
        size.has_alias = True
        await self._remove_versions(size, but=1)

    async def _remove(self, memory_mb: int) -> None:
        alias = marks.alias(self._run_id, memory_mb)
        await removed(self._client, "delete_alias", FunctionName=self._name, Name=alias)
        await self._remove_versions(self._sizes[memory_mb])
        del self._sizes[memory_mb]

    async def _remove_versions(self, size: _Size, *, but: int = 0) -> None:
        """The oldest first, ``but`` the last ones."""
        while len(size.versions) > but:
            await removed(self._client, "delete_function", FunctionName=self._name, Qualifier=size.versions[0])
            del size.versions[0]
