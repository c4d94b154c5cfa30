"""Invokes a function on AWS, at any memory size."""

import msgspec

from headstart.aws import answers
from headstart.aws.sending import Answer, Sender
from headstart.aws.sizes import Sizes
from headstart.model.function import FunctionSpec, MemorySize
from headstart.model.invocation import Event, InvocationReport, LogLine


class AwsInvoker:
    """An Invoker (see model/invocation.py) of one function on AWS.

    Durations are those that AWS reports, never what the call took. CPU time is not known: ``cpu_ms`` is 0.
    """

    def __init__(self, spec: FunctionSpec, *, sizes: Sizes, sender: Sender) -> None:
        self._spec = spec
        self._sizes = sizes
        self._sender = sender

    @property
    def spec(self) -> FunctionSpec:
        """The function that is invoked."""
        return self._spec

    async def invoke(self, event: Event, *, fresh: bool = False) -> InvocationReport:
        """Invoke once; with ``fresh`` in a new execution environment, which later calls then reuse.

        Raises:
            AwsError: AWS refused, throttled every attempt, or reports nothing of the invocation.
        """
        target = await self._sizes.ready(self._spec.memory.mb, fresh=fresh)
        answer = await self._sender.send(target, event)
        return self._report(answer, event, environment_id=target.qualifier or target.function)

    def at_memory(self, memory: MemorySize) -> "AwsInvoker":
        """The same function at another memory size; what that takes is made at the first invocation."""
        return AwsInvoker(msgspec.structs.replace(self._spec, memory=memory), sizes=self._sizes, sender=self._sender)

    async def close(self) -> None:
        """Leave what was made for this memory size to the end, where all is removed: see ``tuned.tuned``."""

    def _report(self, answer: Answer, event: Event, *, environment_id: str) -> InvocationReport:
        line = answer.line
        return InvocationReport(
            request_id=answer.request_id,
            environment_id=environment_id,
            event_name=event.name,
            outcome=answers.outcome(
                answer.payload, is_error=answer.is_error, line=line, timeout_s=self._spec.timeout_s
            ),
            started_s=answer.started_s,
            duration_ms=line.duration_ms,
            billed_ms=line.billed_ms + line.billed_restore_ms,
            memory_size_mb=line.memory_size_mb,
            max_memory_mb=line.max_memory_mb,
            memory_mb=line.max_memory_mb,
            cpu_ms=0.0,
            init=answers.init(line),
            log=tuple(LogLine(answer.started_s, text) for text in answer.log.splitlines()),
        )
