"""Tells a probe where init and each event begin and end, by stepping between AWS's runtime client and its loop."""

from __future__ import annotations

import sys
import traceback

# What only the type checker needs is never imported here: a module loaded by a probe is no load of the function's.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    Record = dict[str, Any]
    Emit = Callable[[Record], None]

    class Session(Protocol):
        """What a probe keeps from the start of init to the last event."""

        def resume(self, event_body: bytes) -> None:
            """An event begins."""

        def pause(self) -> Record:
            """Init or an event has ended."""


def watch(session: Session, emit: Emit) -> None:
    """Call ``session.resume(event_body)`` before each event and ``session.pause()`` after init and after each event,
    and emit the record that ``pause`` returns; also when init or an event ends the process.

    A probe that fails says so in its record and leaves the function alone.
    """
    client = sys.modules["awslambdaric.lambda_runtime_client"].LambdaRuntimeClient
    client.wait_next_invocation = _between_events(client.wait_next_invocation, session, emit=emit)
    bootstrap = sys.modules["awslambdaric.bootstrap"]
    for name in ("_get_handler", "handle_event_request"):
        setattr(bootstrap, name, _with_last_words(getattr(bootstrap, name), session, emit=emit))


def disguise(function: Callable[..., Any], original: Callable[..., Any]) -> Callable[..., Any]:
    """Give ``function`` the file and name of ``original``, so that stack traces are trimmed as without the probe."""
    code = original.__code__
    function.__code__ = function.__code__.replace(co_filename=code.co_filename, co_name=code.co_name)
    return function


def _between_events(original: Callable[..., Any], session: Session, *, emit: Emit) -> Callable[..., Any]:
    def wait_next_invocation(self: Any, *args: Any, **kwargs: Any) -> Any:
        _report(session, emit)
        request = original(self, *args, **kwargs)
        _guarded(lambda: session.resume(request.event_body), emit)
        return request

    return wait_next_invocation


def _with_last_words(original: Callable[..., Any], session: Session, *, emit: Emit) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return original(*args, **kwargs)
        except BaseException:
            _report(session, emit)
            raise

    return disguise(call, original)


def _report(session: Session, emit: Emit) -> None:
    _guarded(lambda: emit(session.pause()), emit)


def _guarded(action: Callable[[], None], emit: Emit) -> None:
    try:
        action()
    except Exception:
        emit({"error": traceback.format_exc()})
