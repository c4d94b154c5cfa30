"""Where a function can be invoked at one memory size: what published versions and copies have in common."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Protocol

import msgspec

from headstart.aws.account import Client
from headstart.errors import AwsError
from headstart.model.caveats import Caveat


class Target(msgspec.Struct, frozen=True):
    """What to invoke: a function and, of one that has them, a version or alias."""

    function: str
    qualifier: str | None = None


class Sizes(Protocol):
    """Makes a function invocable at any memory size, and removes what it made."""

    async def ready(self, memory_mb: int, *, fresh: bool = False) -> Target:
        """What to invoke at ``memory_mb``; with ``fresh``, what has no execution environment yet.

        Raises:
            AwsError: AWS refused, or others have changed the function.
        """
        ...

    async def close(self) -> None:
        """Remove everything that was made."""
        ...

    def caveats(self) -> tuple[Caveat, ...]:
        """What this way of getting at a memory size leaves in doubt."""
        ...


async def removed(client: Client, operation: str, **parameters: str) -> bool:
    """Send ``operation``, which deletes something; False where it is not there any more."""
    try:
        await client.call(operation, **parameters)
    except AwsError as error:
        if error.code != "ResourceNotFoundException":
            raise
        return False
    return True


async def each(*work: Coroutine[Any, Any, None]) -> None:
    """Do all of it, whatever fails, and then raise the first error."""
    for result in await asyncio.gather(*work, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result
