"""The imports probe: every module's load, whether the events used it, and slow work at module level and in events.

The events are expected twice: an event is watched the first time its payload is seen, and runs free after that.
"""

from __future__ import annotations

import sys
from _thread import get_ident
from time import perf_counter_ns

from probe_clients import Clients
from probe_loads import Loads
from probe_names import Bytecode, Origins
from probe_package import Package, read_bytes
from probe_runtime import watch
from probe_sightings import Sightings, choose_eye
from probe_statements import names_used, parse, statements

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import CodeType
    from typing import Any

    from probe_loads import Load
    from probe_names import Reference
    from probe_runtime import Emit, Record
    from probe_sightings import Seen
    from probe_statements import Statement

_TOP_LEVEL_MS_MIN = 0.5


def install(emit: Emit, task_root: str) -> None:
    """Start the probe, before the handler is imported; ``emit`` gets a record after init and after each event."""
    watch(_Session(Package(task_root)), emit)


class _Session:
    def __init__(self, package: Package) -> None:
        self._package = package
        self._usage = _Usage(package)
        self._loads = Loads(package, self)
        self._top_level = _TopLevel(package, self._loads.away_ns)
        self._sightings = Sightings(package.owns, self._top_level.at_line)
        self._eye = choose_eye(self._sightings)
        self._clients = Clients(package, get_ident)
        self._payloads: set[bytes] = set()
        self._events = 0
        self._init_ms: float | None = None
        self._loads.install()
        self._start_ns = perf_counter_ns()

    def load_begins(self, *, outermost: bool) -> None:
        self._eye.suspend(outermost=outermost)

    def body_ends(self, load: Load) -> None:
        self._top_level.ends(load.file)

    def load_ends(self, load: Load, module: object, *, outermost: bool) -> None:
        self._eye.resume(outermost=outermost)
        if module is not None:
            self._clients.follow(load.name, module)

    def own_body_begins(self, code: CodeType) -> None:
        self._top_level.begins(code, in_init=self._init_ms is None)
        self._eye.watch_own(code)

    def resume(self, event_body: bytes) -> None:
        self._events += 1
        self._loads.in_event = True
        is_watched = event_body not in self._payloads
        self._payloads.add(event_body)
        self._clients.event_begins(self._events, is_watched=is_watched)
        if is_watched:
            self._eye.open()

    def pause(self) -> Record:
        ended_ns = perf_counter_ns()
        self._eye.close()
        self._clients.event_ends()
        self._loads.in_event = False
        if self._init_ms is None:
            self._init_ms = (ended_ns - self._start_ns - self._loads.probe_ns()) / 1e6
        self._usage.look(self._sightings.functions, self._top_level.ran)
        return self._record(self._init_ms)

    def _record(self, init_ms: float) -> Record:
        return {
            "python": "{}.{}.{}".format(*sys.version_info),
            "profiled_init_ms": round(init_ms, 3),
            "modules": self._modules(),
            "top_level": self._top_level.records(),
            "handler_work": self._clients.records(),
            "events": self._events,
        }

    def _modules(self) -> list[Record]:
        finished = sorted(self._loads.finished, key=lambda load: load.id)
        ids = {load.id for load in finished}
        return [self._module(load, ids) for load in finished]

    def _module(self, load: Load, ids: set[int]) -> Record:
        package = self._package
        return {
            "id": load.id,
            "parent": load.parent.id if load.parent is not None and load.parent.id in ids else -1,
            "module": load.name,
            "file": load.file,
            "self_ms": round(max(0, load.self_ns) / 1e6, 3),
            "cumulative_ms": round(load.cumulative_ns / 1e6, 3),
            "memory_kb": load.rss_kb,
            "files": load.files,
            "in_package": package.ships(load.file),
            "distribution": load.name.partition(".")[0],
            "importer": package.name(load.importer),
            "line": load.line,
            "own_statement": package.owns(load.importer),
            "in_handler": load.in_event,
            "has_bytecode": load.has_bytecode,
            "used": load.name in self._usage.modules,
        }


class _Usage:
    """The modules that were used: by functions that ran, and by the function's own code at module level."""

    def __init__(self, package: Package) -> None:
        self.modules: set[str] = set()
        self._package = package
        self._bytecode = Bytecode()
        self._origins = Origins(self._bytecode)
        self._references: dict[int, list[tuple[int | None, Reference]]] = {}
        self._looked: dict[str, int] = {}

    def look(self, functions: Mapping[int, Seen], bodies: Mapping[str, set[int]]) -> None:
        """Take in the lines that ran since the last look, of functions and of own module bodies."""
        for key, seen in list(functions.items()):
            if seen.fresh:
                lines, seen.fresh = seen.fresh, set()
                self._look_at_function(key, seen, lines=lines)
        for path, lines in list(bodies.items()):
            if len(lines) > self._looked.get(path, 0):
                self._looked[path] = len(lines)
                self._look_at_body(path, lines)

    def _look_at_function(self, key: int, seen: Seen, *, lines: set[int]) -> None:
        self._mark(seen.namespace.get("__name__"))
        if key not in self._references:
            self._references[key] = list(self._bytecode.references(seen.code))
        for line, reference in self._references[key]:
            if line in lines:
                self._mark_all(reference, seen.namespace)

    def _look_at_body(self, path: str, lines: set[int]) -> None:
        tree = parse(read_bytes(path), path)
        namespace = next((vars(module) for module in list(sys.modules.values()) if _is_at(module, path)), None)
        if tree is not None and namespace is not None:
            for reference in names_used(tree, lines):
                self._mark_all(reference, namespace)

    def _mark_all(self, reference: Reference, namespace: Mapping[str, Any]) -> None:
        for module in self._origins.of_reference(reference, namespace):
            self._mark(module)

    def _mark(self, module: object) -> None:
        """A module is reached through the packages that hold it, so they are used with it."""
        while isinstance(module, str) and module and module not in self.modules:
            self.modules.add(module)
            module = module.rpartition(".")[0]


class _TopLevel:
    """Times the lines of the function's own module bodies, without the loads they cause."""

    def __init__(self, package: Package, away_ns: Callable[[], int]) -> None:
        self.ran: dict[str, set[int]] = {}
        self._away_ns = away_ns
        self._package = package
        self._spent_ns: dict[tuple[str, int], int] = {}
        self._current: dict[str, tuple[int | None, int, int]] = {}

    def begins(self, code: CodeType, *, in_init: bool) -> None:
        """A body is about to run."""
        self.ran.setdefault(code.co_filename, set())
        if in_init:
            self._current[code.co_filename] = (None, 0, 0)

    def at_line(self, code: CodeType, line: int) -> None:
        """A line of it begins."""
        path = code.co_filename
        self.ran[path].add(line)
        if path in self._current:
            self._account(path)
            self._current[path] = (line, perf_counter_ns(), self._away_ns())

    def ends(self, path: str | None) -> None:
        """The load of the module at ``path`` has ended."""
        if path in self._current:
            self._account(path)
            del self._current[path]

    def _account(self, path: str) -> None:
        line, start_ns, away_ns = self._current[path]
        if line is not None:
            spent_ns = perf_counter_ns() - start_ns - (self._away_ns() - away_ns)
            key = (path, line)
            self._spent_ns[key] = self._spent_ns.get(key, 0) + spent_ns

    def records(self) -> list[Record]:
        """The statements that are neither imports nor definitions and took long, the longest first."""
        by_path: dict[str, dict[int, int]] = {}
        for (path, line), spent_ns in self._spent_ns.items():
            by_path.setdefault(path, {})[line] = spent_ns
        found = [
            {
                "path": self._package.name(path),
                "line": line,
                "source": self._package.source(path, line),
                "self_ms": round(spent_ns / 1e6, 3),
            }
            for path, lines in by_path.items()
            for line, spent_ns in _by_statement(path, lines).items()
            if spent_ns > _TOP_LEVEL_MS_MIN * 1e6
        ]
        return sorted(found, key=lambda record: -record["self_ms"])


def _by_statement(path: str, lines: Mapping[int, int]) -> dict[int, int]:
    """Time by the first line of each statement that does work."""
    tree = parse(read_bytes(path), path)
    statement_at: dict[int, Statement] = {}
    for statement in statements(tree.body) if tree is not None else ():
        for line in range(statement.first, statement.last + 1):
            statement_at[line] = statement
    spent: dict[int, int] = {}
    for line, spent_ns in lines.items():
        found = statement_at.get(line)
        if found is not None and found.is_work:
            spent[found.first] = spent.get(found.first, 0) + spent_ns
    return spent


def _is_at(module: object, path: str) -> bool:
    return type(module) is type(sys) and module.__dict__.get("__file__") == path
