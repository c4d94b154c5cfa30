"""Follows every load of a module: who caused it, how long it took, what memory and files it added.

It stands in for ``importlib._bootstrap._find_and_load_unlocked``, which both the import statement and
``importlib.import_module`` reach exactly when a module is not loaded yet. Finders, loaders and specs stay untouched.
"""

from __future__ import annotations

import importlib
import os
import sys
from _thread import get_ident
from time import perf_counter_ns

from probe_runtime import disguise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType, ModuleType
    from typing import Any, Protocol

    from probe_package import Package

    Importer = Callable[..., ModuleType]

    class Observer(Protocol):
        """Who is told of loads; ``outermost`` ones have no load around them in their thread."""

        def load_begins(self, *, outermost: bool) -> None:
            """A load begins in this thread."""

        def body_ends(self, load: Load) -> None:
            """The module's body has run, or failed."""

        def load_ends(self, load: Load, module: object, *, outermost: bool) -> None:
            """The load has ended; None for a module that failed."""

        def own_body_begins(self, code: CodeType) -> None:
            """A module body of the function's own code is about to run."""


_MODULE_TYPE = type(sys)
_CODE_TYPE = type(disguise.__code__)
_RUNTIME_FOLDER = "/awslambdaric/"


class Load:
    """One module's load. ``parent`` is the load whose execution caused it; ``is_runtimes``: AWS's runtime client needs
    it for itself. ``start_ns`` is on the thread's clock without the probe, and so is every time."""

    __slots__ = (
        "children_ns",
        "compiled",
        "cumulative_ns",
        "file",
        "files",
        "has_bytecode",
        "id",
        "importer",
        "in_event",
        "is_runtimes",
        "line",
        "name",
        "parent",
        "rss_kb",
        "start_ns",
    )
    children_ns: int
    compiled: int
    cumulative_ns: int
    file: str | None
    files: int
    has_bytecode: bool
    id: int
    importer: str
    in_event: bool
    is_runtimes: bool
    line: int
    name: str
    parent: Load | None
    rss_kb: int
    start_ns: int

    @property
    def self_ns(self) -> int:
        """Time in the module itself, without what it loaded."""
        return self.cumulative_ns - self.children_ns


class _Thread:
    """Where one thread is: the loads it is inside of, and the time the probe took from it."""

    __slots__ = ("probe_ns", "stack")

    def __init__(self) -> None:
        self.stack: list[Load] = []
        self.probe_ns = 0


class Loads:
    """All loads since ``install``, as they end. ``observer`` is told of each, and of own module bodies about to run."""

    def __init__(self, package: Package, observer: Observer) -> None:
        self.finished: list[Load] = []
        self.in_event = False
        self._package = package
        self._observer = observer
        self._count = 0
        self._threads: dict[int, _Thread] = {}
        self._opened = 0
        self._compiled: list[object] = []
        self._rss_kb = resident_memory_reader()

    def install(self) -> None:
        """Follow loads from now on."""
        bootstrap: Any = vars(importlib)["_bootstrap"]
        bootstrap._find_and_load_unlocked = self._following(bootstrap._find_and_load_unlocked)
        sys.addaudithook(self._audit)

    def away_ns(self) -> int:
        """Time that the module being executed in this thread has spent in other loads and in the probe so far."""
        thread = self._here()
        return thread.probe_ns + (thread.stack[-1].children_ns if thread.stack else 0)

    def probe_ns(self) -> int:
        """Time that the probe has taken from this thread so far."""
        return self._here().probe_ns

    def _here(self) -> _Thread:
        thread = self._threads.get(get_ident())
        if thread is None:
            thread = self._threads[get_ident()] = _Thread()
        return thread

    def _following(self, original: Importer) -> Importer:
        modules = sys.modules

        def _find_and_load_unlocked(name: str, import_: Importer) -> ModuleType:
            parent = name.rpartition(".")[0]
            if parent:  # the package first, as the original does: else it would seem to be loaded by its submodule
                if parent not in modules:
                    import_(parent)
                module = modules.get(name)
                if module is not None:
                    return module
            load = self._begin(name)
            try:
                module = original(name, import_)
            except BaseException:
                self._finish(load, None)
                raise
            self._finish(load, module)
            return module

        return disguise(_find_and_load_unlocked, original)

    def _begin(self, name: str) -> Load:
        entered_ns = perf_counter_ns()
        thread = self._here()
        stack = thread.stack
        self._observer.load_begins(outermost=not stack)
        load = Load()
        load.id = self._count
        self._count += 1
        load.name = name
        load.parent = stack[-1] if stack else None
        load.importer, load.line, function = _importer(sys._getframe(2))
        load.is_runtimes = (
            stack[-1].is_runtimes if stack else _RUNTIME_FOLDER in load.importer and function != "_get_handler"
        )
        load.file = None
        load.in_event = self.in_event
        load.compiled = len(self._compiled)
        load.cumulative_ns = load.children_ns = 0
        load.rss_kb, load.files = self._rss_kb(), self._opened
        stack.append(load)
        now_ns = perf_counter_ns()
        thread.probe_ns += now_ns - entered_ns
        load.start_ns = now_ns - thread.probe_ns
        return load

    def _finish(self, load: Load, module: object) -> None:
        ended_ns = perf_counter_ns()
        thread = self._here()
        self._observer.body_ends(load)
        load.cumulative_ns = ended_ns - thread.probe_ns - load.start_ns
        load.rss_kb = max(0, self._rss_kb() - load.rss_kb)
        load.files = self._opened - load.files
        load.file = _file(module) or load.file
        load.has_bytecode = load.file not in self._compiled[load.compiled :]
        thread.stack.remove(load)
        if load.parent is not None:
            load.parent.children_ns += load.cumulative_ns
        if not load.is_runtimes:
            self.finished.append(load)
        self._observer.load_ends(load, module, outermost=not thread.stack)
        thread.probe_ns += perf_counter_ns() - ended_ns

    def _audit(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "open" or (event == "import" and args[1] is not None):
            self._opened += 1
        elif event == "compile":
            self._compiled.append(args[1])
        elif event == "exec" and type(args[0]) is _CODE_TYPE and args[0].co_name == "<module>":
            self._body_begins(args[0])

    def _body_begins(self, code: CodeType) -> None:
        stack = self._here().stack
        if not stack:
            return
        if stack[-1].file is None:
            stack[-1].file = code.co_filename
        if self._package.owns(code.co_filename):
            self._observer.own_body_begins(code)


def _importer(frame: FrameType | None) -> tuple[str, int, str]:
    """File, line and function of the innermost frame that is not the import system's."""
    while frame is not None:
        code = frame.f_code
        if not is_import_system(code.co_filename):
            return code.co_filename, frame.f_lineno or 0, code.co_name
        frame = frame.f_back
    return "", 0, ""


def is_import_system(path: str) -> bool:
    """Whether ``path`` is a file of the import system itself."""
    return path.startswith("<frozen importlib") or path == importlib.__file__


def _file(module: object) -> str | None:
    if not issubclass(type(module), _MODULE_TYPE):
        return None
    members = object.__getattribute__(module, "__dict__")
    path = members.get("__file__")
    return path if isinstance(path, str) else None


def resident_memory_reader() -> Callable[[], int]:
    """A cheap function that returns this process's resident memory in KB; its peak where there is no /proc."""
    try:
        statm = os.open("/proc/self/statm", os.O_RDONLY)
    except OSError:
        return _peak_memory_kb
    page_kb = os.sysconf("SC_PAGE_SIZE") // 1024

    def resident_memory_kb() -> int:
        try:
            return int(os.pread(statm, 64, 0).split()[1]) * page_kb
        except (OSError, IndexError, ValueError):  # the function closed every file it did not open
            return 0

    return resident_memory_kb


def _peak_memory_kb() -> int:
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 1024 if sys.platform == "darwin" else peak
