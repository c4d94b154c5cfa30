"""`@handler`: what every handler needs around it, so that callers get answers and operators get faults."""

from __future__ import annotations

import functools

from headstart_kit import event_shapes, invocations, lifecycle
from headstart_kit.deadline import MARGIN_MS
from headstart_kit.errors import InternalError, UserError
from headstart_kit.invocations import Invocation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, overload

    from headstart_kit.json_log import Log

    Handler = Callable[[Any, Any], Any]

if TYPE_CHECKING:

    @overload
    def handler(function: Handler) -> Handler: ...

    @overload
    def handler(*, margin_ms: float = ..., reveal_faults: bool = ...) -> Callable[[Handler], Handler]: ...


def handler(
    function: Handler | None = None, *, margin_ms: float = MARGIN_MS, reveal_faults: bool = False
) -> Handler | Callable[[Handler], Handler]:
    """Make a Lambda handler of ``function(event, context)``.

    While it runs, ``invocation()`` has its facts, and the deadline is Lambda's timeout less ``margin_ms`` milliseconds.
    When it ends, metrics are written.

    A request over HTTP (API Gateway, ALB, Function URL) is answered with a proxy response: 200 and what the function
    returned as JSON, bytes in base64; a dict with a ``statusCode`` as it is. Any other event gets the result itself.

    A ``UserError`` is an answer too: ``{"error": message, "status": 4xx, "request_id": …}``, over HTTP as the body of a
    response with that status. Where an event comes from a queue, a stream or another service that reads no answer, it
    is a fault.

    A fault, which any other exception is, is logged with its stack, and then raised, so that Lambda counts an error,
    retries, and API Gateway says 502. It is raised as an ``InternalError`` that tells the caller the request id alone;
    with ``reveal_faults`` as it was, for a caller that must tell faults apart, such as a state machine.
    """
    if function is None:
        return functools.partial(handler, margin_ms=margin_ms, reveal_faults=reveal_faults)
    invocations.handler_is_there()

    @functools.wraps(function)
    def handle(event: Any, context: Any = None) -> Any:
        with Invocation(event, context, number=lifecycle.invocation_began(), margin_ms=margin_ms) as started:
            try:
                return _answer(function, started, context=context)
            except Exception as fault:
                _log().error("the handler failed", error=fault)
                if reveal_faults:
                    raise
                raise InternalError(f"internal error; it is in the log under request id {started.request_id}") from None

    return handle


def _answer(function: Handler, started: Invocation, *, context: Any) -> Any:
    event = started.event
    shape = event_shapes.event_shape(event)
    is_proxy = shape in event_shapes.PROXIES
    try:
        result = function(event, context)
        return event_shapes.as_response(result, event) if is_proxy else result
    except UserError as error:
        if not is_proxy and shape != event_shapes.DIRECT:
            raise
        _log().info("the input was refused", status=error.status, reason=str(error))
        refusal = {"error": str(error), "status": error.status, "request_id": started.request_id}
        return event_shapes.as_response(refusal, event, status=error.status) if is_proxy else refusal


def _log() -> Log:
    from headstart_kit.json_log import log

    return log
