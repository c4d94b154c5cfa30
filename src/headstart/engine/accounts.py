"""What an invocation used: CPU, throttled time and memory, and whether the host was contended meanwhile."""

import os
import sys
from contextlib import suppress
from typing import Final

import msgspec

from headstart.engine.resources import Resources
from headstart.model.caveats import Caveat, CaveatCode

_MB: Final = 1024 * 1024
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
# Waiting for a CPU that is worth a word: this share of the duration, and at least this long.
_CONTENDED_RATIO: Final = 0.1
_CONTENDED_MS: Final = 2.0


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What one invocation used."""

    cpu_ms: float
    throttled_ms: float
    memory_mb: float
    max_memory_mb: float
    caveats: tuple[Caveat, ...]


class Accounts:
    """Keeps the accounts of one environment from one invocation to the next."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._pid = 0
        self._fds: dict[str, int] = {}
        self._before = (0, 0, 0)

    def watch(self, runtime_pid: int) -> None:
        """Look at this runtime process from now on."""
        self.close()
        self._pid = runtime_pid
        for name in ("schedstat", "statm") if sys.platform == "linux" else ():
            with suppress(OSError):
                self._fds[name] = os.open(f"/proc/{runtime_pid}/{name}", os.O_RDONLY | os.O_CLOEXEC)

    def begin(self) -> None:
        """Note where an invocation begins."""
        self._before = self._read()

    def end(self, duration_ms: float) -> Usage:
        """What was used since ``begin``, or since the last ``end`` where the next invocation follows at once."""
        now, before = self._read(), self._before
        self._before = now
        cpu_ns, throttled_ns, delay_ns = now[0] - before[0], now[1] - before[1], now[2] - before[2]
        waited_ms = (delay_ns - throttled_ns) / 1e6
        caveats: tuple[Caveat, ...] = ()
        if waited_ms > max(_CONTENDED_MS, _CONTENDED_RATIO * duration_ms):
            caveats = (Caveat(CaveatCode.CONTENDED_HOST, f"{waited_ms:.1f} of {duration_ms:.1f} ms waiting for a CPU"),)
        memory_mb = self.memory_mb()
        return Usage(
            cpu_ms=cpu_ns / 1e6,
            throttled_ms=throttled_ns / 1e6,
            memory_mb=memory_mb,
            max_memory_mb=max(memory_mb, self.peak_mb()),
            caveats=caveats,
        )

    def memory_mb(self) -> float:
        """What is resident at this moment."""
        return (self._figure("statm", otherwise=0) * _PAGE_BYTES or self._resources.memory_bytes(self._pid)) / _MB

    def peak_mb(self) -> float:
        """The environment's peak so far."""
        return self._resources.memory_peak_bytes() / _MB

    def close(self) -> None:
        """Look at no process any more."""
        for fd in self._fds.values():
            os.close(fd)
        self._fds.clear()

    def _read(self) -> tuple[int, int, int]:
        return self._resources.cpu_ns(), self._resources.throttled_ns(), self._run_delay_ns()

    def _run_delay_ns(self) -> int:
        """Time that the runtime's main thread was ready to run but did not, throttled time included."""
        return self._figure("schedstat", otherwise=self._before[2])

    def _figure(self, name: str, *, otherwise: int) -> int:
        """The second number of one of the runtime's files; ``otherwise`` when it ended."""
        try:
            return int(os.pread(self._fds[name], 128, 0).split(None, 2)[1])
        except (OSError, KeyError, IndexError):
            return otherwise
