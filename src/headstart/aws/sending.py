"""Sends events to a function on AWS and finds what AWS reports of each invocation."""

import asyncio
import base64
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import msgspec

from headstart.aws import report_line, threads
from headstart.aws.account import Account
from headstart.aws.faults import THROTTLES
from headstart.aws.report_line import ReportLine
from headstart.aws.sizes import Target
from headstart.aws.waiting import Waits
from headstart.errors import AwsError
from headstart.model.invocation import Event

# The invocation was not run: the function is between two states, or the alias is not known everywhere yet.
_NOT_YET: Final = frozenset(
    {
        "ResourceConflictException",
        "ResourceNotFoundException",
        "ResourceNotReadyException",
        "SnapStartNotReadyException",
    }
)
# Clocks differ: CloudWatch Logs is asked from this long before the invocation.
_CLOCKS_DIFFER_S: Final = 60


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What AWS answered to one invocation; ``log`` is the end of its log."""

    request_id: str
    payload: bytes
    is_error: bool
    log: str
    line: ReportLine
    started_s: float


class Sender:
    """Invokes; ``throttles`` counts how often AWS refused for want of concurrency. ``now_s`` gives Unix time."""

    def __init__(self, account: Account, *, log_group: str, now_s: Callable[[], float], waits: Waits) -> None:
        self._account = account
        self._log_group = log_group
        self._now_s = now_s
        self._waits = waits
        self.throttles = 0

    async def send(self, target: Target, event: Event) -> Answer:
        """Invoke once and wait for what AWS reports of it; throttled invocations are sent again and are not measured.

        Raises:
            AwsError: AWS refused, throttled every attempt, or reports nothing of the invocation.
        """
        started_s, answer = await self._answered(_parameters(target, event))
        request_id = answer["ResponseMetadata"]["RequestId"]
        log = base64.b64decode(answer.get("LogResult", "")).decode(errors="replace")
        line = report_line.find(log, request_id) or await self._line_of_cloudwatch(request_id, started_s)
        return Answer(
            request_id=request_id,
            payload=answer["Payload"],
            is_error="FunctionError" in answer,
            log=log,
            line=line,
            started_s=started_s,
        )

    async def _answered(self, parameters: dict[str, Any]) -> tuple[float, dict[str, Any]]:
        """When the invocation that was run began, and its answer."""
        tries = 0
        while True:
            started_s = self._now_s()
            try:
                return started_s, await threads.abandonable(partial(self._invoke, parameters))
            except AwsError as error:
                self._require_another_try(error, tries)
            await asyncio.sleep(min(self._waits.throttle_s * 2**tries, self._waits.throttle_s_max))
            tries += 1

    def _require_another_try(self, error: AwsError, tries: int) -> None:
        is_throttle = error.code in THROTTLES
        self.throttles += is_throttle
        if is_throttle and tries == self._waits.throttle_tries:
            raise AwsError(
                f"AWS throttled an invocation {tries + 1} times: {error.message}",
                hint="raise the function's reserved concurrency, or tune when there is less traffic",
                code=error.code,
            ) from None
        if tries == self._waits.throttle_tries or not (is_throttle or error.code in _NOT_YET):
            raise error from None

    def _invoke(self, parameters: dict[str, Any]) -> dict[str, Any]:
        answer = self._account.invocations.request("invoke", **parameters)
        return {**answer, "Payload": answer["Payload"].read()}

    async def _line_of_cloudwatch(self, request_id: str, started_s: float) -> ReportLine:
        """The report as CloudWatch Logs has it, some seconds after the invocation."""
        for _ in range(max(1, round(self._waits.log_s / self._waits.poll_s))):
            log = await self._logged(request_id, started_s)
            if (line := report_line.find(log, request_id)) is not None:
                return line
            await asyncio.sleep(self._waits.poll_s)
        raise AwsError(
            f"AWS reports nothing of the invocation {request_id}: neither in the end of its log nor, within "
            f"{self._waits.log_s:g} s, in {self._log_group}",
            hint="the function's system log level must be INFO, and its role must be allowed to write logs",
        )

    async def _logged(self, request_id: str, started_s: float) -> str:
        messages: list[str] = []
        more: dict[str, str] = {}
        while True:
            try:
                found = await self._account.logs.call(
                    "filter_log_events",
                    logGroupName=self._log_group,
                    startTime=round((started_s - _CLOCKS_DIFFER_S) * 1000),
                    filterPattern=f'"{request_id}"',
                    **more,
                )
            except AwsError as error:
                if error.code != "ResourceNotFoundException":  # a group is made with its first line
                    raise
                return ""
            messages += [event["message"] for event in found["events"]]
            if not found.get("nextToken"):
                return "\n".join(messages)
            more = {"nextToken": found["nextToken"]}


def _parameters(target: Target, event: Event) -> dict[str, Any]:
    context = base64.b64encode((event.client_context or "").encode()).decode()
    optional = {"Qualifier": target.qualifier, "ClientContext": context}
    return {
        "FunctionName": target.function,
        "Payload": event.payload,
        "LogType": "Tail",
    } | {name: value for name, value in optional.items() if value}
