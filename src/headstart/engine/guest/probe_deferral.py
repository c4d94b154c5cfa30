"""The deferral probe: which imports that a bundle puts off, or would, had their names used, and what is loaded.

A record is ``touched`` (the numbers of those imports), ``elsewhere`` (those first used off the main thread),
``reached`` (the names of modules that were used as attributes of their packages and had to be loaded for it),
``modules`` (the names in ``sys.modules``) and ``events`` (how many have begun).
"""

from __future__ import annotations

import sys
from _thread import get_ident

from probe_runtime import watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from probe_runtime import Emit, Record

_RUNTIME = "_headstart_deferral"
_SUBMODULES = "_headstart_submodules"


def install(emit: Emit, task_root: str) -> None:
    """Start the probe, before the handler is imported; ``emit`` gets a record after init and after each event."""
    watch(_Session(), emit)


class _Session:
    def __init__(self) -> None:
        self._main_thread = get_ident()
        self._events = 0

    def resume(self, event_body: bytes) -> None:
        self._events += 1

    def pause(self) -> Record:
        runtime = sys.modules.get(_RUNTIME)
        touched: dict[int, int] = dict(getattr(runtime, "touched", {}))
        return {
            "touched": sorted(touched),
            "elsewhere": sorted(number for number, thread in touched.items() if thread != self._main_thread),
            "reached": sorted(getattr(sys.modules.get(_SUBMODULES), "reached", ())),
            "modules": sorted(name for name in list(sys.modules) if isinstance(name, str)),
            "events": self._events,
        }
