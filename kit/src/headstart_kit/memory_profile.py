"""What a function's memory does: now, at most, by section, from invocation to invocation, and who allocates it."""

from __future__ import annotations

from headstart_kit import environment
from headstart_kit.growth import Growth
from headstart_kit.process_memory import PeakWatch, peak_bytes, resident_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextlib import AbstractContextManager

_MB = 1024 * 1024
_SECTIONS_MAX = 50
_OTHERS = "(others)"


class MemoryProfile:
    """The memory of this process. There is nothing to start, and no cost but in the calls themselves.

    Processes that it starts have memory of their own, which Lambda counts as well.
    """

    __slots__ = ("_growth", "_peak", "_sections", "_sites", "_watch", "limit_mb")

    def __init__(self, *, limit_mb: float | None = None) -> None:
        """``limit_mb``: where not given the function's memory size, or this process's share of it where invocations run
        side by side; None outside of Lambda."""
        size_mb = environment.memory_mb()
        self.limit_mb = limit_mb or (size_mb and size_mb / environment.concurrency())
        self._growth = Growth()
        self._sections: dict[str, _Passes] = {}
        self._sites: list[dict[str, object]] = []
        self._watch: PeakWatch | None = None
        self._peak: tuple[int, bool] | None = None

    @property
    def resident_mb(self) -> float:
        """MB that the process holds now, read in one or two microseconds."""
        return resident_bytes() / _MB

    @property
    def room_mb(self) -> float:
        """MB left below the limit now, infinity where there is none. Who takes more is killed: no MemoryError comes."""
        return self.limit_mb - self.resident_mb if self.limit_mb else float("inf")

    def invocation(self) -> AbstractContextManager[None]:
        """``with profile.invocation():`` around all that one invocation does: the report is then about it, and growth
        about what each one left."""
        return _Invocation(self)

    def section(self, name: str) -> AbstractContextManager[None]:
        """``with profile.section("load"):`` puts the section's true peak and what it kept into the report.

        Sections may nest and overlap. The report has one entry of a name, however often the section was passed.
        """
        return _Section(self, name)

    def allocations(self, *, top: int = 10) -> AbstractContextManager[list[dict[str, object]]]:
        """``with profile.allocations() as sites:`` traces the block, and lists the lines that allocated most of what is
        still held at its end. The report has the list too.

        It is filled at the end of the block: ``site`` (file:line), ``kb``, ``blocks``. Tracing makes the block about
        ten times slower, so trace one invocation of many. It stops with the block, unless it was on before.
        """
        return _Tracing(self, top)

    def report(self) -> dict[str, object]:
        """All of it as a small dict, ready for JSON, at any time; MB are of 1024 × 1024 bytes, growth is in kB.

        It is about the invocation in progress or the last one, or about the process where there was none. ``exact`` is
        False where the kernel keeps the peak of earlier work: the true peak may then be more.
        """
        resident_mb = self.resident_mb
        peak, exact = self._peak_now()
        growth = self._growth.slope()
        return {
            "limit_mb": self.limit_mb,
            "resident_mb": round(resident_mb, 1),
            "peak_mb": round(peak / _MB, 1),
            "peak_is_exact": exact,
            "peak_ratio": round(peak / _MB / self.limit_mb, 3) if self.limit_mb else None,
            "invocations": self._growth.count,
            "growth_kb_per_invocation": growth and {name: round(kb, 2) for name, kb in growth.items()},
            "sections": {name: section.report() for name, section in self._sections.items()},
            "allocations": self._sites,
        }

    def _peak_now(self) -> tuple[int, bool]:
        if self._watch:
            return self._watch.read(), self._watch.is_exact
        return self._peak or (peak_bytes(), True)


class _Invocation:
    __slots__ = ("_profile", "_watch")

    def __init__(self, profile: MemoryProfile) -> None:
        self._profile = profile

    def __enter__(self) -> None:
        self._profile._sections.clear()
        self._profile._sites = []
        self._profile._watch = self._watch = PeakWatch()

    def __exit__(self, *_: object) -> None:
        self._profile._peak = self._watch.end(), self._watch.is_exact
        self._profile._watch = None
        self._profile._growth.add(resident_bytes() / 1024)


class _Section:
    __slots__ = ("_name", "_profile", "_watch")

    def __init__(self, profile: MemoryProfile, name: str) -> None:
        self._profile = profile
        self._name = name

    def __enter__(self) -> None:
        self._watch = PeakWatch()

    def __exit__(self, *_: object) -> None:
        peak = self._watch.end()
        sections = self._profile._sections
        is_one_too_many = self._name not in sections and len(sections) >= _SECTIONS_MAX
        sections.setdefault(_OTHERS if is_one_too_many else self._name, _Passes()).add(self._watch, peak_bytes=peak)


class _Passes:
    """What became of all passes of one section."""

    __slots__ = ("exact", "kept_bytes", "peak_bytes", "rise_bytes", "times")

    def __init__(self) -> None:
        self.times = self.peak_bytes = self.rise_bytes = self.kept_bytes = 0
        self.exact = True

    def add(self, watch: PeakWatch, *, peak_bytes: int) -> None:
        self.times += 1
        self.peak_bytes = max(self.peak_bytes, peak_bytes)
        self.rise_bytes = max(self.rise_bytes, peak_bytes - watch.before_bytes)
        self.kept_bytes += resident_bytes() - watch.before_bytes
        self.exact = self.exact and watch.is_exact

    def report(self) -> dict[str, object]:
        return {
            "times": self.times,
            "peak_mb": round(self.peak_bytes / _MB, 1),
            "rise_mb": round(self.rise_bytes / _MB, 1),
            "kept_mb": round(self.kept_bytes / _MB, 1),
            "peak_is_exact": self.exact,
        }


class _Tracing:
    __slots__ = ("_profile", "_sites", "_stops", "_top")

    def __init__(self, profile: MemoryProfile, top: int) -> None:
        self._profile = profile
        self._top = top

    def __enter__(self) -> list[dict[str, object]]:
        import tracemalloc

        self._sites: list[dict[str, object]] = []
        self._stops = not tracemalloc.is_tracing()
        tracemalloc.start(1)
        return self._sites

    def __exit__(self, *failure: object) -> None:
        import tracemalloc

        snapshot = None if any(failure) else tracemalloc.take_snapshot()
        if self._stops:
            tracemalloc.stop()
        if snapshot:
            apart = [tracemalloc.Filter(False, file) for file in (tracemalloc.__file__, "*/linecache.py", __file__)]
            lines = snapshot.filter_traces(apart).statistics("lineno")[: self._top]
            self._sites += [{"site": str(x.traceback), "kb": round(x.size / 1024, 1), "blocks": x.count} for x in lines]
            self._profile._sites = self._sites
