"""Functions on AWS that run before and after each invocation, and are not measured."""

import time
from typing import Any, Final

from headstart.aws import answers, names
from headstart.aws.account import Account
from headstart.aws.faults import THROTTLES
from headstart.errors import AwsError
from headstart.model.invocation import Event
from headstart.model.tuning import AfterInvoke, BeforeInvoke

_NO_ANSWER: Final = frozenset({b"", b"null", b'""'})
# Before a hook that was throttled is sent again.
_THROTTLE_WAITS_S: Final = (0.1, 0.5, 2, 8, 20)


class _Hook:
    """One function; ``option`` is what it was given by."""

    def __init__(self, function: str, *, option: str, region: str | None) -> None:
        self._function = function
        self._option = option
        name = names.parse(function)
        self._target = {"FunctionName": name.unqualified} | ({"Qualifier": name.qualifier} if name.qualifier else {})
        self._client = Account(name.region or region).invocations

    def answer(self, payload: bytes) -> bytes:
        answer = self._answered(payload)
        body = bytes(answer["Payload"].read())
        if "FunctionError" in answer:
            error_type, message = answers.error(body)
            raise AwsError(
                f"{self._option} {self._function} failed: {error_type}: {message}",
                hint=f"its log says more; leave {self._option} out to tune without it",
            )
        return body

    def _answered(self, payload: bytes) -> dict[str, Any]:
        for wait_s in _THROTTLE_WAITS_S:
            try:
                return self._client.request("invoke", **self._target, Payload=payload)
            except AwsError as error:
                if error.code not in THROTTLES:
                    raise
            time.sleep(wait_s)
        return self._client.request("invoke", **self._target, Payload=payload)


def before(function: str, *, region: str | None = None) -> BeforeInvoke:
    """Invoke ``function``, a name or an ARN, with each event; an answer that is not empty takes the event's place.

    What is returned blocks, and raises AwsError where the function fails.

    Raises:
        ExtraMissingError: boto3 is not installed.
        InvalidValueError: ``function`` is no name of a function.
        AwsError: no region is set.
    """
    hook = _Hook(function, option="--before", region=region)

    def run(event: Event) -> Event | None:
        payload = hook.answer(event.payload)
        return None if payload in _NO_ANSWER else Event(payload, event.name, event.weight, event.client_context)

    return run


def after(function: str, *, region: str | None = None) -> AfterInvoke:
    """Invoke ``function``, a name or an ARN, with each answer.

    What is returned blocks, and raises AwsError where the function fails.

    Raises:
        ExtraMissingError: boto3 is not installed.
        InvalidValueError: ``function`` is no name of a function.
        AwsError: no region is set.
    """
    hook = _Hook(function, option="--after", region=region)

    def run(_: Event, payload: bytes) -> None:
        hook.answer(payload)

    return run
