"""Memory sizes of a function, or of one version of it, as copies: a function of its own for each size."""

import asyncio
import urllib.error
import urllib.request
from typing import Any, Final

from headstart.aws import marks, threads
from headstart.aws.account import Client
from headstart.aws.configuration import Configuration, has_snapstart, settings
from headstart.aws.names import parse
from headstart.aws.sizes import Target, each, removed
from headstart.aws.waiting import Waits, settled
from headstart.errors import AwsError
from headstart.model import limits
from headstart.model.caveats import Caveat, CaveatCode

_DOWNLOAD_S: Final = 60
_PACKAGE_BYTES_MAX: Final = limits.PACKAGE_ZIPPED_MB_MAX * 1024 * 1024


class CopiedSizes:
    """Sizes (see sizes.py) of the function ``name``; the copies are of ``original``, one version of it or $LATEST."""

    def __init__(self, client: Client, original: Configuration, *, name: str, run_id: str, waits: Waits) -> None:
        self._client = client
        self._original = original
        self._name = name
        self._run_id = run_id
        self._waits = waits
        self._code: dict[str, Any] | None = None
        self._used: dict[int, bool] = {}
        self._turn = 0
        self._one_at_a_time = asyncio.Lock()

    async def ready(self, memory_mb: int, *, fresh: bool = False) -> Target:
        """The copy with ``memory_mb``; with ``fresh``, without an execution environment: its description changes."""
        name = self._copy(memory_mb)
        async with self._one_at_a_time:
            if memory_mb not in self._used:
                self._code = self._code or await self._downloaded()
                await self._create(memory_mb)
            elif fresh and self._used[memory_mb]:
                await self._client.call(
                    "update_function_configuration", FunctionName=name, Description=self._description()
                )
                self._used[memory_mb] = False
            if not self._used[memory_mb]:
                await settled(self._client, name, waits=self._waits)
            self._used[memory_mb] = True
        return Target(name)

    async def close(self) -> None:
        """Delete all copies."""
        async with self._one_at_a_time:
            await threads.to_its_end(each(*map(self._remove, tuple(self._used))))

    def caveats(self) -> tuple[Caveat, ...]:
        """That it was a copy which ran."""
        without = "; without SnapStart, which only published versions have" if has_snapstart(self._original) else ""
        return (Caveat(CaveatCode.RAN_AS_COPY, f"{self._original['FunctionArn']}{without}"),)

    def _copy(self, memory_mb: int) -> str:
        return marks.copy_name(self._run_id, memory_mb, function=self._original["FunctionName"])

    def _description(self) -> str:
        self._turn += 1
        arn = parse(self._original["FunctionArn"]).unqualified
        return marks.copy_description(self._run_id, arn, turn=self._turn)

    async def _create(self, memory_mb: int) -> None:
        self._used[memory_mb] = False  # before it is there: an answer can be lost
        await self._client.call(
            "create_function",
            FunctionName=self._copy(memory_mb),
            Code=self._code,
            MemorySize=memory_mb,
            Description=self._description(),
            **settings(self._original),
        )

    async def _downloaded(self) -> dict[str, Any]:
        """The code as CreateFunction takes it.

        Raises:
            AwsError: AWS refused, the package is too large, or the environment variables cannot be read.
        """
        if error := self._original.get("Environment", {}).get("Error"):
            raise AwsError(f"the environment variables of {self._name} cannot be read: {error.get('Message')}")
        found = await self._client.call(
            "get_function", FunctionName=self._name, Qualifier=self._original.get("Version", "$LATEST")
        )
        code = found["Code"]
        if image := code.get("ResolvedImageUri") or code.get("ImageUri"):
            return {"ImageUri": image}
        if self._original["CodeSize"] > _PACKAGE_BYTES_MAX:
            raise AwsError(
                f"{self._name} has a package of {self._original['CodeSize'] / 1024 / 1024:.0f} MB; a copy can be made "
                f"of {limits.PACKAGE_ZIPPED_MB_MAX} MB at most",
                hint="tune $LATEST without --no-publish",
            )
        return {"ZipFile": await threads.abandonable(lambda: _fetched(code["Location"]))}

    async def _remove(self, memory_mb: int) -> None:
        await removed(self._client, "delete_function", FunctionName=self._copy(memory_mb))
        del self._used[memory_mb]


def _fetched(url: str) -> bytes:
    """The package at ``url``, whose signature is in it: no error shows it."""
    try:
        with urllib.request.urlopen(url, timeout=_DOWNLOAD_S) as response:  # noqa: S310 (AWS's own answer)
            return bytes(response.read())
    except (OSError, urllib.error.URLError) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        raise AwsError(f"the function's package could not be downloaded: {reason}") from None
