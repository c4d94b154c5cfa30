"""A profile run: the record of the probe that was beside the function."""

from collections.abc import Sequence
from typing import Any

from headstart.errors import LabError
from headstart.model.invocation import Event, Profiler

DEFECT_HINT = "this is a defect of Headstart; please report it"


async def record(profiler: Profiler, probe: str, *, events: Sequence[Event]) -> dict[str, Any]:
    """What ``probe`` recorded while the function handled ``events``.

    Raises:
        LabError: the probe failed; the message holds its stack trace.
    """
    found = await profiler.profile(probe, events)
    if "error" in found:
        raise LabError(f"{probe} failed:\n{str(found['error']).rstrip()}", hint=DEFECT_HINT)
    return found
