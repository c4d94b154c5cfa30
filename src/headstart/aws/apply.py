"""Puts a memory size into use: publishes a version that has it and moves an alias to it."""

import re
from typing import Any, Final

import msgspec

from headstart.aws import marks, names, threads
from headstart.aws.account import Account, Client
from headstart.aws.configuration import Configuration, guard, is_same_but_memory, require_tunable
from headstart.aws.latest import Latest
from headstart.aws.names import LATEST
from headstart.aws.waiting import Waits, settled
from headstart.errors import AwsError, InvalidValueError
from headstart.model.function import MemorySize

_ALIAS: Final = re.compile(r"(?!\d+$)[a-zA-Z0-9-_]{1,128}")
_ALIAS_HINT: Final = "--apply --alias prod, or --alias '$LATEST' for functions that are invoked without a qualifier"


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """An alias before and after. ``before_version`` and ``before_memory_mb`` are None where there was no such alias;
    ``version`` is what was published, None as long as it was not. ``alias`` can be $LATEST: then it is that which gets
    the memory size, and nothing is published."""

    function: str
    alias: str
    before_version: str | None
    before_memory_mb: int | None
    memory_mb: int
    version: str | None = None

    @property
    def is_needed(self) -> bool:
        """Whether it changes anything."""
        return self.before_memory_mb != self.memory_mb


async def apply(
    function: str,
    memory: MemorySize,
    *,
    run_id: str,
    alias: str | None = None,
    region: str | None = None,
    is_dry_run: bool = False,
) -> Move:
    """Publish a version of ``function`` with ``memory`` and move ``alias``, which is made if it is not there, to it;
    without ``alias``, the one that qualifies ``function``. With ``is_dry_run`` nothing is changed.

    $LATEST has the memory size for the moment in which the version is published, and keeps it where ``alias`` is
    ``$LATEST``. ``run_id``: 1 to 12 small letters and digits.

    Raises:
        ExtraMissingError: boto3 is not installed.
        InvalidValueError: ``function`` is no name of a function, or there is no alias to move.
        AwsError: AWS refused, or moving the alias would do more than change the memory size.
    """
    marks.require_run(run_id)
    name = names.parse(function)
    alias = _alias_to_move(alias or name.qualifier)
    client = Account(name.region or region).functions
    place = _Place(client, name.unqualified, alias=alias)
    latest = await settled(client, place.function, waits=Waits())
    require_tunable(latest)
    move = await place.move(latest, memory)
    if is_dry_run or not move.is_needed:
        return move
    return await threads.to_its_end(place.carry_out(move, latest, run_id=run_id))


class _Place:
    """The alias ``alias`` of the function ``function``, there already or not."""

    def __init__(self, client: Client, function: str, *, alias: str) -> None:
        self.function = function
        self._client = client
        self._alias = alias
        self._alias_found: dict[str, Any] | None = None

    async def move(self, latest: Configuration, memory: MemorySize) -> Move:
        """What is to be done to it."""
        now = await self._now(latest)
        return Move(
            function=latest["FunctionName"],
            alias=self._alias,
            before_version=now["Version"] if now else None,
            before_memory_mb=now["MemorySize"] if now else None,
            memory_mb=memory.mb,
        )

    async def carry_out(self, move: Move, latest: Configuration, *, run_id: str) -> Move:
        """Do it. Not to be cancelled: see ``threads.to_its_end``."""
        if self._alias == LATEST:
            await self._client.call(
                "update_function_configuration",
                FunctionName=self.function,
                MemorySize=move.memory_mb,
                **guard(latest),
            )
            return msgspec.structs.replace(move, version=LATEST)
        changed = Latest(self._client, latest, name=self.function, run_id=run_id, waits=Waits())
        try:
            async with changed.published(move.memory_mb) as version:
                pass
            await settled(self._client, self.function, waits=Waits(), qualifier=version)
            await self._point_to(version)
        finally:
            await changed.forget()
        return msgspec.structs.replace(move, version=version)

    async def _now(self, latest: Configuration) -> Configuration | None:
        """The version that it has."""
        if self._alias == LATEST:
            return latest
        try:
            found = await self._client.call("get_alias", FunctionName=self.function, Name=self._alias)
        except AwsError as error:
            if error.code != "ResourceNotFoundException":
                raise
            return None
        if found.get("RoutingConfig", {}).get("AdditionalVersionWeights"):
            raise AwsError(f"the alias {self._alias} shares traffic between versions", hint="let that deployment end")
        self._alias_found = found
        version = found["FunctionVersion"]
        now = await settled(self._client, self.function, waits=Waits(), qualifier=version)
        if not is_same_but_memory(now, latest):
            raise AwsError(
                f"the code or settings of version {version}, which the alias {self._alias} has, differ from $LATEST's: "
                "to move it would deploy those too",
                hint="deploy $LATEST first, or name another alias with --alias",
            )
        return now

    async def _point_to(self, version: str) -> None:
        await self._client.call(
            "create_alias" if self._alias_found is None else "update_alias",
            FunctionName=self.function,
            Name=self._alias,
            FunctionVersion=version,
            **guard(self._alias_found or {}),
        )


def _alias_to_move(alias: str | None) -> str:
    if alias != LATEST and not _ALIAS.fullmatch(alias or ""):
        raise InvalidValueError("alias", alias, allowed="a name with a letter in it, or $LATEST", hint=_ALIAS_HINT)
    return str(alias)
