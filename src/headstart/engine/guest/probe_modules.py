"""The module probe: what was loaded, and what was only tried or read.

A record is ``modules``: the names in ``sys.modules``, and by the places of their files those of modules whose code was
run, though they failed or are gone again, or whose source was opened.
"""

from __future__ import annotations

import sys

from probe_runtime import watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from probe_runtime import Emit, Record


def install(emit: Emit, task_root: str) -> None:
    """Start the probe, before the handler is imported; ``emit`` gets a record after init and after each event."""
    session = _Session(task_root)
    sys.addaudithook(session.hear)
    watch(session, emit)


class _Session:
    def __init__(self, task_root: str) -> None:
        self._root = f"{task_root}/"
        self._files: set[str] = set()

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Note the file of code that is run, or of a source that is opened."""
        if event in {"exec", "open"} and arguments:
            file = getattr(arguments[0], "co_filename", arguments[0])
            if isinstance(file, str) and file.endswith(".py"):
                self._files.add(file)

    def resume(self, event_body: bytes) -> None:
        """An event begins."""

    def pause(self) -> Record:
        """Init or an event has ended."""
        tried = [file for file in list(self._files) if file.startswith(self._root)]
        return {"modules": sorted({*filter(_is_text, list(sys.modules)), *(self._name(file) for file in tried)})}

    def _name(self, file: str) -> str:
        return file[len(self._root) : -len(".py")].replace("/", ".").removesuffix(".__init__")


def _is_text(name: object) -> bool:
    return isinstance(name, str)
