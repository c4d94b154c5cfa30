"""What is called before and after each invocation: a callable of the user's, or a function on AWS."""

import functools
import importlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from headstart.errors import ConfigError
from headstart.model.invocation import Event
from headstart.model.tuning import AfterInvoke, BeforeInvoke

_ARN = "arn:"


def before(text: str | None, *, region: str | None = None) -> BeforeInvoke | None:
    """What ``--before`` names: it gets the event as a value, and may give another; None for the same.

    Raises:
        ConfigError: it cannot be imported, or called.
        RequestError: it is on AWS, which cannot be reached.
    """
    if text is None:
        return None
    if text.startswith(_ARN):
        from headstart.aws import hooks  # noqa: PLC0415  (only with a function on AWS)

        return hooks.before(text, region=region)
    named = _imported(text, flag="--before")

    @functools.wraps(named)
    def call(event: Event) -> Event | None:
        given = named(json.loads(event.payload))
        return None if given is None else msgspec.structs.replace(event, payload=json.dumps(given).encode())

    return call


def after(text: str | None, *, region: str | None = None) -> AfterInvoke | None:
    """What ``--after`` names: it gets the event and the answer as values. Raises as ``before``."""
    if text is None:
        return None
    if text.startswith(_ARN):
        from headstart.aws import hooks  # noqa: PLC0415  (as above)

        return hooks.after(text, region=region)
    named = _imported(text, flag="--after")

    @functools.wraps(named)
    def call(event: Event, answer: bytes) -> None:
        named(json.loads(event.payload), _value(answer))

    return call


def _value(answer: bytes) -> Any:
    """An answer need not be JSON."""
    try:
        return json.loads(answer)
    except ValueError:
        return answer.decode(errors="replace")


def _imported(text: str, *, flag: str) -> Callable[..., Any]:
    """The callable, its module looked for in the current folder first."""
    module, _, name = text.partition(":")
    if not module or not name:
        raise ConfigError(f"{flag} is {text!r}; needed: MODULE:CALLABLE or an ARN", hint=f"{flag} hooks:prepare")
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        found = getattr(importlib.import_module(module), name, None)
    except Exception as error:
        raise ConfigError(
            f"{flag} {text} cannot be imported: {type(error).__name__}: {error}", hint=f"python -c 'import {module}'"
        ) from error
    if not callable(found):
        what = "has no such name" if found is None else f"is {type(found).__name__}, which cannot be called"
        raise ConfigError(f"{flag} {text}: {what}", hint=f"def {name}(…) in {module}.py")
    return found  # type: ignore[no-any-return]
