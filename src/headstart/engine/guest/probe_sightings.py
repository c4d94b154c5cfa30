"""Sees which lines of which functions run, at the least cost that each Python allows.

Module bodies of the function's own code are watched line by line and told to ``on_body_line``; of all other code
objects only functions are seen, and of them only the first run of each line matters. From Python 3.12 on this is
``sys.monitoring``, before that ``sys.settrace``; a function that sets a trace of its own keeps it.
"""

from __future__ import annotations

import sys
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType, FrameType
    from typing import Any, Protocol

    Tracer = Callable[[FrameType, str, Any], Any]

    class Eye(Protocol):
        """What sees functions run: during events, and the function's own code while its modules run."""

        def open(self) -> None:
            """An event begins."""

        def close(self) -> None:
            """Init or an event has ended."""

        def suspend(self, *, outermost: bool) -> None:
            """A load begins in this thread."""

        def resume(self, *, outermost: bool) -> None:
            """The load that was begun last in this thread has ended."""

        def watch_own(self, code: CodeType) -> None:
            """A module body of the function's own code is about to run."""


_IS_FUNCTION = 0x1  # CO_OPTIMIZED: neither a module's body nor a class's
_LINE_EVENTS_MAX = 5_000  # per shipped function; its rare lines beyond that are not seen before Python 3.12
_CODE_TYPE = type(sys._getframe().f_code)
_FREE_TOOLS = (4, 3)


class Seen:
    """A function that ran. ``fresh`` holds the lines not yet looked at by who reads the sightings."""

    __slots__ = ("code", "events_left", "fresh", "namespace", "unseen")

    def __init__(self, code: CodeType, namespace: dict[str, Any]) -> None:
        self.code = code
        self.namespace = namespace
        self.fresh: set[int] = set()
        self.unseen = {line for _, _, line in code.co_lines() if line is not None}
        self.events_left = _LINE_EVENTS_MAX


class Sightings:
    """The functions seen so far, by the identity of their code."""

    def __init__(self, is_own: Callable[[str], bool], on_body_line: Callable[[CodeType, int], None]) -> None:
        self.functions: dict[int, Seen] = {}
        self._is_own = is_own
        self._on_body_line = on_body_line
        self._bodies: dict[int, CodeType] = {}

    def add_body(self, code: CodeType) -> None:
        """Expect ``code`` to run as a module's body."""
        self._bodies[id(code)] = code

    def is_own(self, code: CodeType) -> bool:
        """Whether ``code`` is the function's own."""
        return self._is_own(code.co_filename)

    def at_body(self, code: CodeType, line: int) -> bool:
        """Note one line of a module's body; False when ``code`` is none that is watched."""
        if id(code) not in self._bodies:
            return False
        self._on_body_line(code, line)
        return True

    def of(self, code: CodeType, frame: FrameType) -> Seen | None:
        """What was seen of a function; None for code that is not one."""
        seen = self.functions.get(id(code))
        if seen is None and code.co_flags & _IS_FUNCTION:
            seen = self.functions[id(code)] = Seen(code, frame.f_globals)
        return seen


def choose_eye(sightings: Sightings) -> Eye:
    """The means of this Python."""
    monitoring: Any = getattr(sys, "monitoring", None)
    free = [tool for tool in _FREE_TOOLS if monitoring.get_tool(tool) is None] if monitoring else []
    return MonitoringEye(sightings, monitoring, tool=free[0]) if free else TracingEye(sightings)


class MonitoringEye:
    """Sees through ``sys.monitoring``: a line costs something the first time only, own code is seen from the start."""

    def __init__(self, sightings: Sightings, monitoring: Any, *, tool: int) -> None:
        self._sightings = sightings
        self._monitoring = monitoring
        self._tool = tool
        self._is_open = False
        # The start too: Python 3.13 reports no line of a generator expression that fits on one.
        self._events: int = monitoring.events.LINE | monitoring.events.PY_START
        monitoring.use_tool_id(tool, "headstart")
        monitoring.register_callback(tool, monitoring.events.LINE, self._on_line)
        monitoring.register_callback(tool, monitoring.events.PY_START, self._on_start)

    def open(self) -> None:
        """See every function from now on."""
        self._is_open = True
        self._set(self._events)

    def close(self) -> None:
        """See only the function's own code."""
        self._is_open = False
        self._set(0)

    def suspend(self, *, outermost: bool) -> None:
        """A load begins in this thread: importing is not using."""
        if self._is_open and outermost:
            self._set(0)

    def resume(self, *, outermost: bool) -> None:
        """The load that was begun last in this thread has ended."""
        if self._is_open and outermost:
            self._set(self._events)

    def watch_own(self, code: CodeType) -> None:
        """See the function's own module body ``code``, about to run, and all functions defined in it."""
        self._sightings.add_body(code)
        for inner in _with_inner(code):
            self._monitoring.set_local_events(self._tool, inner, self._events)

    def _set(self, events: int) -> None:
        self._monitoring.set_events(self._tool, events)

    def _on_start(self, code: CodeType, _offset: int) -> Any:
        seen = self._sightings.of(code, sys._getframe(1))
        if seen is not None:
            seen.fresh.add(code.co_firstlineno)
        return self._monitoring.DISABLE

    def _on_line(self, code: CodeType, line: int) -> Any:
        if self._sightings.at_body(code, line):
            return None
        seen = self._sightings.of(code, sys._getframe(1))
        if seen is not None:
            seen.fresh.add(line)
        return self._monitoring.DISABLE


class TracingEye:
    """Sees through ``sys.settrace``. Outside events only the function's own code is traced, while its modules run."""

    def __init__(self, sightings: Sightings) -> None:
        self._sightings = sightings
        self._is_open = False
        self._tracer: Tracer = self._on_call
        self._suspended: dict[int, list[bool]] = {}

    def open(self) -> None:
        """See every function that this thread, and threads begun later, enter from now on."""
        self._is_open = True
        threading.settrace(self._tracer)
        sys.settrace(self._tracer)

    def close(self) -> None:
        """See nothing, unless own code is imported."""
        self._is_open = False
        if threading.gettrace() is self._tracer:
            threading.settrace(None)
        if sys.gettrace() is self._tracer:
            sys.settrace(None)

    def suspend(self, *, outermost: bool) -> None:
        """A load begins in this thread: importing is not using, and third-party code runs at its own pace."""
        is_on = sys.gettrace() is self._tracer
        if is_on:
            sys.settrace(None)
        self._suspended.setdefault(threading.get_ident(), []).append(is_on)

    def resume(self, *, outermost: bool) -> None:
        """The load that was begun last in this thread has ended."""
        was_on = self._suspended[threading.get_ident()].pop()
        current = sys.gettrace()
        if was_on and current is None:
            sys.settrace(self._tracer)
        elif not was_on and current is self._tracer:
            sys.settrace(None)

    def watch_own(self, code: CodeType) -> None:
        """See the function's own module body ``code``, about to run, and the own functions it calls."""
        self._sightings.add_body(code)
        if sys.gettrace() is None:
            sys.settrace(self._tracer)

    def _on_call(self, frame: FrameType, *_: object) -> Tracer | None:
        code = frame.f_code
        is_own = self._sightings.is_own(code)
        if not is_own and not self._is_open:
            return None
        seen = self._sightings.of(code, frame)
        if seen is None:
            return self._on_body_event if is_own else None
        if not seen.unseen or (seen.events_left <= 0 and not is_own):
            return None
        return self._on_event

    def _on_body_event(self, frame: FrameType, event: str, *_: object) -> Tracer:
        if event == "line":
            self._sightings.at_body(frame.f_code, frame.f_lineno)
        return self._on_body_event

    def _on_event(self, frame: FrameType, event: str, *_: object) -> Tracer:
        if event == "line":
            seen = self._sightings.functions[id(frame.f_code)]
            line = frame.f_lineno
            if line in seen.unseen:
                seen.unseen.discard(line)
                seen.fresh.add(line)
            seen.events_left -= 1
            if not seen.unseen or (seen.events_left <= 0 and not self._sightings.is_own(frame.f_code)):
                frame.f_trace_lines = False
        return self._on_event


def _with_inner(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if type(constant) is _CODE_TYPE:
            yield from _with_inner(constant)
