"""Remembers which lines of the function's own code opened connections and files, and started processes and threads."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

    from probe_package import Package

_STARTS = frozenset({"subprocess.Popen", "os.fork", "os.posix_spawn"})


class Makers:
    """Hears of what is opened and started from its making on."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._sockets: dict[int, str] = {}
        self._files: dict[str, str] = {}
        self.last_start = ""
        sys.addaudithook(self._hear)

    def place(self, descriptor: int, what: str) -> str:
        """Where ``descriptor`` was connected, or the file ``what`` opened; empty where it was not by own code."""
        return self._files.get(what) or self._sockets.get(descriptor, "")

    def threads(self) -> list[list[str]]:
        """Name, and where it runs, of each thread beside the main one that Python knows."""
        threading = sys.modules.get("threading")
        if threading is None:
            return []
        frames, main = sys._current_frames(), threading.main_thread()
        others = (thread for thread in threading.enumerate() if thread is not main)
        return [[thread.name, self._outermost(frames.get(thread.ident))] for thread in others]

    def _hear(self, event: str, details: tuple[Any, ...]) -> None:
        if event == "socket.connect":
            self._sockets[details[0].fileno()] = self._own_line()
        elif event == "open" and isinstance(details[0], str) and details[0].startswith("/tmp/"):
            self._files[details[0]] = self._own_line()
        elif event in _STARTS:
            self.last_start = self._own_line()

    def _own_line(self) -> str:
        frame: FrameType | None = sys._getframe(2)
        while frame is not None and not self._package.owns(frame.f_code.co_filename):
            frame = frame.f_back
        return self._line(frame)

    def _outermost(self, frame: FrameType | None) -> str:
        """Where the function that a thread was given is now."""
        found = frame
        while frame is not None:
            if not frame.f_code.co_filename.endswith("/threading.py"):
                found = frame
            frame = frame.f_back
        return self._line(found)

    def _line(self, frame: FrameType | None) -> str:
        return f"{self._package.name(frame.f_code.co_filename)}:{frame.f_lineno}" if frame else ""
