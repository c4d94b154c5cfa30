"""What a snapshot of an initialised environment keeps, how its restores went, and what SnapStart would bring."""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Final, Protocol

import msgspec

from headstart.model.caveats import Caveat
from headstart.model.invocation import Event, InvocationReport

# What restores took on AWS, in ms: 622 (Python, Chariot, 2025), about 500 (Flask, mohammadshaker.com, 2025), 518 and
# 450 (logs published in 2026); the least in a published log is 204, and touching what is in a snapshot for the first
# time took up to 1,157 at 128 MB. There is no data set by memory size, nor by the size of the snapshot.
RESTORE_MS: Final = 500.0
RESTORE_MS_LOW: Final = 200.0
RESTORE_MS_HIGH: Final = 1_200.0


class Hook(msgspec.Struct, frozen=True, array_like=True):
    """A hook that ran. ``place`` is path:line; ``error`` the type of what it raised, or empty."""

    name: str
    place: str
    ms: float
    error: str = ""


class Open(msgspec.Struct, frozen=True):
    """A connection or file that is open. ``mode``: tcp, udp, unix; read, write, read and write. ``names`` of globals
    that lead to it, ``made_at`` a line of the function's own code."""

    fd: int
    kind: str
    what: str
    mode: str
    names: tuple[str, ...] = ()
    made_at: str = ""


class Account(msgspec.Struct, frozen=True):
    """What an initialised environment holds; see ``engine/guest/probe_holdings.py``."""

    modules: dict[str, tuple[str, bool]]
    values: dict[str, tuple[str, str, bool]]
    open: tuple[Open, ...]
    threads: tuple[tuple[str, str], ...]
    processes: tuple[tuple[str, str], ...]
    tmp: tuple[tuple[str, int], ...]
    generators: dict[str, str]
    cut: int = 0

    @property
    def own_threads(self) -> tuple[tuple[str, str], ...]:
        """The threads but that of headstart-kit, which waits for a signal and nothing else."""
        return tuple(each for each in self.threads if not each[1].startswith("headstart_kit/"))


class Seen(msgspec.Struct, frozen=True):
    """What a restored environment holds: the digests of values ``changed`` since the snapshot (empty: gone)."""

    changed: dict[str, str]
    dead: tuple[int, ...]
    generators: dict[str, str]


class Restored(msgspec.Struct, frozen=True):
    """One restore. ``late``: its hooks took longer than they may; ``status`` is that of its process, as of waitpid."""

    after: tuple[Hook, ...] = ()
    late: bool = False
    began: Seen | None = None
    ended: Seen | None = None
    status: int = 0
    reports: tuple[InvocationReport, ...] = ()


class SnapshotRun(msgspec.Struct, frozen=True):
    """An environment that was initialised for SnapStart, and the restores of its snapshot.

    ``failure``: why there is no snapshot; ``alone``: the invocations of an environment that went on by itself.
    """

    before: tuple[Hook, ...] = ()
    snapshot: Account | None = None
    restores: tuple[Restored, ...] = ()
    alone: tuple[InvocationReport, ...] = ()
    failure: str = ""


class Snapshots(Protocol):
    """Takes snapshots of one function."""

    async def snapshot(self, events: Sequence[Event], *, restores: int) -> SnapshotRun:
        """Initialise a fresh environment and send ``events`` to each of its ``restores``; to it itself without any."""
        ...

    def place(self, path: str, name: str) -> str:
        """path:line of the statement that binds the global of ``name`` (module:global.part) in the module at ``path``;
        ``path`` alone where none is found."""
        ...


class Concern(StrEnum):
    """What a finding is about."""

    CONNECTION = "connection"
    UNIQUE = "unique value"
    RANDOM = "random numbers"
    CREDENTIALS = "temporary credentials"
    SECRET = "secret"  # noqa: S105 (the word, none of them)
    TIME = "time"
    FILE = "open file"
    TMP = "file in /tmp"
    THREAD = "thread"
    PROCESS = "process"
    ANSWER = "same answer"
    EVENT = "event that fails"
    HOOK = "hook"


class SnapshotFinding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a snapshot keeps. ``is_unsafe``: restored environments go wrong by it; else worth knowing.

    ``name`` is what holds it (module.global), ``place`` path:line where known; never a value.
    """

    concern: Concern
    is_unsafe: bool
    name: str
    evidence: str
    remedy: str
    place: str = ""


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One way to start environments: the first answer of a new one in ms, init or restore included, and USD a month.

    ``is_model``: not measured; then ``low_ms`` and ``high_ms`` are what p50 may be. ``why`` says what it assumes.
    """

    name: str
    p50_ms: float
    p99_ms: float
    usd_month: Decimal
    is_model: bool = False
    low_ms: float = 0.0
    high_ms: float = 0.0
    why: str = ""


class SnapStartResult(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a function is ready for SnapStart, and whether that pays.

    ``excluded`` has a sentence for each setting that SnapStart does not go with; ``unobserved`` says why nothing was
    observed, if so. ``after_ms`` are the hooks after the restore, all together, of each restore. ``break_even_s`` is
    the init, in s, that costs as much as one restore; ``verdict`` one sentence.
    """

    findings: tuple[SnapshotFinding, ...]
    excluded: tuple[str, ...]
    before: tuple[Hook, ...]
    after: tuple[Hook, ...]
    after_ms: tuple[float, ...]
    restores: int
    events: int
    ways: tuple[Way, ...]
    break_even_s: float
    verdict: str
    unobserved: str = ""
    caveats: tuple[Caveat, ...] = ()

    @property
    def unsafe(self) -> tuple[SnapshotFinding, ...]:
        """The findings that restored environments go wrong by."""
        return tuple(finding for finding in self.findings if finding.is_unsafe)
