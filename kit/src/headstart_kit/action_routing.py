"""`actions()`: one handler for several functions, each called by its name with arguments that have been checked."""

from __future__ import annotations

from headstart_kit import event_shapes, invocations
from headstart_kit.deadline import MARGIN_MS
from headstart_kit.errors import UserError
from headstart_kit.handlers import handler
from headstart_kit.json_checks import Check, checked, kind, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar, overload

    Function = TypeVar("Function", bound=Callable[..., Any])

_ACTION = "action"


def actions(*, margin_ms: float = MARGIN_MS, reveal_faults: bool = False) -> Actions:
    """A handler to which functions are added: ``handler = actions()``, then ``@handler.action`` on each.

    The arguments are those of ``@handler``, and what is said there holds: a wrong event is a ``UserError``.
    """
    return Actions(margin_ms=margin_ms, reveal_faults=reveal_faults)


class Actions:
    """A Lambda handler that calls the function that an event asks for.

    The event, or over HTTP its body, is ``{"action": name, **arguments}``. An action that is not there, an argument
    that is missing, is no parameter of the function, or has not the type of its annotation: one answer with status 400
    tells all that is wrong.
    """

    __slots__ = ("_actions", "_handle")

    def __init__(self, *, margin_ms: float, reveal_faults: bool) -> None:
        self._actions: dict[str, _Action] = {}
        self._handle = handler(margin_ms=margin_ms, reveal_faults=reveal_faults)(self._call)

    def __call__(self, event: Any, context: Any = None) -> Any:
        """Handle one event."""
        return self._handle(event, context)

    if TYPE_CHECKING:

        @overload
        def action(self, name: Function) -> Function: ...

        @overload
        def action(self, name: str) -> Callable[[Function], Function]: ...

    def action(self, name: str | Function) -> Function | Callable[[Function], Function]:
        """Add a function under its own name, or under ``name``; it stays as it is.

        Raises:
            ValueError: there is an action of that name.
        """
        if isinstance(name, str):
            return lambda function: self._add(name, function)
        return self._add(name.__name__, name)

    def _add(self, name: str, function: Function) -> Function:
        if name in self._actions:
            raise ValueError(f"there are two actions {name!r}; give one another name: @handler.action({name + '_2'!r})")
        self._actions[name] = _Action(function)
        invocations.handler_is_there()
        return function

    def _call(self, event: Any, _context: Any) -> Any:
        is_proxy = event_shapes.event_shape(event) in event_shapes.PROXIES
        given = event_shapes.json_body(event) if is_proxy else event
        if not isinstance(given, dict):
            raise UserError(f"the input must be an object, is {kind(given)}")
        arguments = {name: value for name, value in given.items() if name != _ACTION}
        return self._asked_for(given).call(arguments)

    def _asked_for(self, given: dict[str, Any]) -> _Action:
        name = given.get(_ACTION)
        if isinstance(name, str) and name in self._actions:
            return self._actions[name]
        allowed = f"allowed: {', '.join(self._actions)}"
        if _ACTION not in given:
            raise UserError(f"action is missing; {allowed}")
        raise UserError(f"action is {shown(name) if isinstance(name, str) else kind(name)}; {allowed}")


class _Action:
    __slots__ = ("_check", "_function")

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._check: Check | None = None

    def call(self, arguments: dict[str, Any]) -> Any:
        if self._check is None:
            # Not before the first call: annotations may name what the module defines further down.
            from headstart_kit.annotations import check_of_arguments

            self._check = check_of_arguments(self._function)
        return self._function(**checked(arguments, self._check))
