"""The first-use probe: what the first event needed that init could have done: modules, regular expressions, SDK work.

Only what the first event does is told, and how long it takes beside later ones.
"""

from __future__ import annotations

import re
import sys
from _thread import get_ident
from functools import wraps
from time import perf_counter_ns, process_time_ns

from probe_loads import Loads
from probe_package import Package
from probe_runtime import watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import CodeType, FrameType
    from typing import Any

    from probe_loads import Load
    from probe_runtime import Emit, Record

# module -> what in it is timed -> what a report calls it
_SDK = {
    "ssl": {
        "create_default_context": "TLS context",
        "SSLContext.load_default_certs": "certificates for TLS",
        "SSLContext.load_verify_locations": "certificates for TLS",
    },
    "boto3.session": {"Session.client": "client of boto3", "Session.resource": "resource of boto3"},
    "botocore.session": {"Session.create_client": "client of botocore"},
    "botocore.loaders": {"JSONFileLoader.load_file": "description of an AWS service"},
    "botocore.endpoint_provider": {
        "EndpointProvider.__init__": "endpoint rules of an AWS service",
        "EndpointProvider.resolve_endpoint": "endpoint of an AWS service",
    },
}
_CLIENT = ("botocore.client", "BaseClient")


def install(emit: Emit, task_root: str) -> None:
    """Start the probe, before the handler is imported; ``emit`` gets a record after init and after each event."""
    watch(_Session(Package(task_root)), emit)


class _Session:
    def __init__(self, package: Package) -> None:
        self._package = package
        self._calls = _Calls(package)
        self._loads = Loads(package, self)
        self._failed: set[int] = set()
        self._phases: list[Record] = []
        self._loads.install()
        self._calls.follow_expressions()
        self._begin()

    def load_begins(self, *, outermost: bool) -> None:
        if outermost:
            self._calls.loading.add(get_ident())

    def body_ends(self, load: Load) -> None:
        """Nothing to note."""

    def own_body_begins(self, code: CodeType) -> None:
        """Nothing to note."""

    def load_ends(self, load: Load, module: object, *, outermost: bool) -> None:
        if outermost:
            self._calls.loading.discard(get_ident())
        if module is None:
            self._failed.add(load.id)
        else:
            self._calls.follow(load.name, module)

    def resume(self, event_body: bytes) -> None:
        self._loads.in_event = self._calls.is_on = len(self._phases) == 1
        self._begin()

    def pause(self) -> Record:
        wall_ns, cpu_ns = perf_counter_ns(), process_time_ns()
        probe_ns = self._loads.probe_ns() - self._probe_ns
        self._loads.in_event = self._calls.is_on = False
        self._phases.append(
            {
                "wall_ms": round((wall_ns - self._wall_ns - probe_ns) / 1e6, 3),
                "cpu_ms": round((cpu_ns - self._cpu_ns - probe_ns) / 1e6, 3),
            }
        )
        init, *events = self._phases
        return {
            "init": init,
            "events": events,
            "modules": self._modules(),
            "calls": self._calls.records,
            "clients": _clients(self._package),
        }

    def _begin(self) -> None:
        self._probe_ns = self._loads.probe_ns()
        self._wall_ns, self._cpu_ns = perf_counter_ns(), process_time_ns()

    def _modules(self) -> list[Record]:
        """What the first event loaded, in the order in which it began to."""
        loads = sorted(self._loads.finished, key=lambda load: load.id)
        return [
            {
                "name": load.name,
                "cause": load.parent.name if load.parent is not None else "",
                "ms": round(max(0, load.self_ns) / 1e6, 3),
            }
            for load in loads
            if load.in_event and load.id not in self._failed
        ]


class _Calls:
    """Calls in the first event, outside the loading of modules; of calls within calls the outermost alone."""

    def __init__(self, package: Package) -> None:
        self.is_on = False
        self.loading: set[int] = set()
        self.records: list[Record] = []
        self._package = package
        self._inside: set[int] = set()

    def follow(self, name: str, module: object) -> None:
        """Follow the SDK's work in a module that was just loaded."""
        for path, label in _SDK.get(name, {}).items():
            *owner, attribute = path.split(".")
            holder = getattr(module, owner[0], None) if owner else module
            original = getattr(holder, attribute, None)
            if callable(original):
                setattr(holder, attribute, self._following(original, lambda *args, label=label: _sdk_work(label, args)))

    def follow_expressions(self) -> None:
        """Follow what regular expressions are compiled, for ``re`` did not have them in its cache."""
        compiler = sys.modules.get("re._compiler") or sys.modules["sre_compile"]  # the latter before Python 3.11
        vars(compiler)["compile"] = self._following(vars(compiler)["compile"], self._expression)

    def _following(self, original: Callable[..., Any], describe: Callable[..., Record]) -> Callable[..., Any]:
        @wraps(original)
        def call(*args: Any, **kwargs: Any) -> Any:
            thread = get_ident()
            if not self.is_on or thread in self.loading or thread in self._inside:
                return original(*args, **kwargs)
            self._inside.add(thread)
            record = describe(*args)
            began_ns = perf_counter_ns()
            try:
                return original(*args, **kwargs)
            finally:
                record["ms"] = round((perf_counter_ns() - began_ns) / 1e6, 3)
                self._inside.discard(thread)
                self.records.append(record)

        return call

    def _expression(self, pattern: Any, flags: Any = 0) -> Record:
        """The pattern as the code that asks for it spells it; its place alone where it is computed.

        A module's own value is told by its name: what is computed from a set differs from start to start.
        """
        frame = _caller()
        place = f"{self._package.name(frame.f_code.co_filename)}:{frame.f_lineno}"
        record: Record = {"kind": "regular expression", "name": place}
        if not isinstance(pattern, (str, bytes)):
            return record
        text = pattern if isinstance(pattern, str) else pattern.decode("latin-1")
        expression = {"flags": int(flags), "is_bytes": isinstance(pattern, bytes)}
        if _holds(frame.f_code.co_consts, pattern):
            return record | {"name": text, "expression": expression | {"pattern": text}}
        for name, value in frame.f_globals.items():
            if _holds((value,), pattern):
                module = frame.f_globals["__name__"]
                named = {"flags": int(flags), "module": module, "attribute": name}
                return record | {"name": f"{module}.{name}", "expression": named}
        return record


def _caller() -> FrameType:
    """Who asked ``re`` to compile."""
    frame = sys._getframe(3)
    while frame.f_code.co_filename == re.__file__ and frame.f_back is not None:
        frame = frame.f_back
    return frame


def _holds(values: Iterable[object], pattern: str | bytes) -> bool:
    return any(type(value) is type(pattern) and value == pattern for value in values)


def _sdk_work(label: str, args: tuple[Any, ...]) -> Record:
    """Named by the first words among the arguments: a service, or the end of a path."""
    words = [arg for arg in args if isinstance(arg, str)]
    return {"kind": "SDK", "name": f"{label} {'/'.join(words[0].split('/')[-3:])}" if words else label}


def _clients(package: Package) -> list[str]:
    """The clients of botocore at the module level of the function's own code, by the names of their services."""
    values = [
        value
        for module in list(sys.modules.values())
        if package.owns(getattr(module, "__file__", None) or "")
        for value in list(vars(module).values())
    ]
    return sorted({value.meta.service_model.service_name for value in values if _is_client(value)})


def _is_client(value: object) -> bool:
    return any((base.__module__, base.__name__) == _CLIENT for base in type(value).__mro__)
