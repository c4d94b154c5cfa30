"""How long AWS is waited for: until a change of a function has been made, a log has arrived, a throttle has passed."""

import asyncio
from typing import Final

import msgspec

from headstart.aws.account import Client
from headstart.aws.configuration import Configuration
from headstart.errors import AwsError

_DONE: Final = "Successful"
_UNDER_WAY: Final = frozenset({"InProgress", "Pending"})
# An idle function's state: it becomes active when it is invoked.
_USABLE: Final = frozenset({"Active", "Inactive"})


class Waits(msgspec.Struct, frozen=True, kw_only=True):
    """``change_s``: for an update, or a new version to be ready; a snapshot takes minutes. ``log_s``: for CloudWatch
    Logs. Each is asked every ``poll_s``. A throttled invocation is sent again ``throttle_tries`` times, first after
    ``throttle_s``, then after twice as long each time, up to ``throttle_s_max``."""

    poll_s: float = 0.5
    change_s: float = 600
    log_s: float = 20
    throttle_s: float = 0.5
    throttle_s_max: float = 20
    throttle_tries: int = 8


async def settled(client: Client, name: str, *, waits: Waits, qualifier: str | None = None) -> Configuration:
    """The configuration of a function or version once no change of it is under way and it can be invoked.

    Raises:
        AwsError: the change failed, or it is still under way after ``waits.change_s``.
    """
    of_version = {"Qualifier": qualifier} if qualifier else {}
    for _ in range(max(1, round(waits.change_s / waits.poll_s))):
        found = await client.call("get_function_configuration", FunctionName=name, **of_version)
        update, state = found.get("LastUpdateStatus", _DONE), found.get("State", "Active")
        if update not in _UNDER_WAY and state not in _UNDER_WAY:
            if update == _DONE and state in _USABLE:
                return found
            reason = found.get("LastUpdateStatusReason") or found.get("StateReason") or "AWS gives no reason"
            raise AwsError(f"{found['FunctionArn']} cannot be invoked: {reason} (update {update}, state {state})")
        await asyncio.sleep(waits.poll_s)
    raise AwsError(
        f"{name} is still being changed after {waits.change_s:g} s", hint="headstart tune --aws FUNCTION --cleanup"
    )
