"""One execution environment: a runtime in a sandbox that lives through the phases of model/lifecycle.py."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec

from headstart.engine import outcomes, platform_log
from headstart.engine.accounts import Accounts, Usage
from headstart.engine.clock import Clock
from headstart.engine.deployment import Deployment
from headstart.engine.fork import Fork
from headstart.engine.log_stream import LogStream
from headstart.engine.resources import Resources
from headstart.engine.runtime import Exit, InitError, Late, Next, Runtime, Step
from headstart.engine.runtime_api import Answer
from headstart.engine.sandbox import Sandbox
from headstart.model import limits
from headstart.model.caveats import Caveat, CaveatCode
from headstart.model.invocation import (
    Event,
    InitReport,
    InitStatus,
    InvocationReport,
    Outcome,
    ResponseTooLarge,
    TimedOut,
)
from headstart.model.lifecycle import Phase, Signal, after

# How long an environment stays awake after its answer: events that follow at once find it so.
_FREEZE_GRACE_S: Final = 0.004
# An event that comes this soon after an answer begins where the accounts of the one before it end.
_AT_ONCE_NS: Final = 200_000


class Environment:
    """One execution environment of a deployed function. It handles one invocation at a time, as on Lambda."""

    def __init__(self, deployment: Deployment, clock: Clock, *, fork: Fork, probe: str | None = None) -> None:
        self.id = deployment.log_stream(clock)
        self._deployment = deployment
        self._clock = clock
        self._probe = probe
        self._phase = Phase.NEW
        self._log = LogStream(clock.now_s)
        self._platform = platform_log.platform_log(
            deployment.spec, environment_id=self.id, runtime_id=deployment.runtime_id
        )
        self._resources = resources = Resources(deployment.spec.memory, fork.group)
        self._accounts = Accounts(resources)
        self._runtime = Runtime(
            fork, resources, clock=clock, on_output=self._log.feed, on_idle=self._on_idle, on_death=self._on_death
        )
        self._caveats = deployment.caveats + resources.caveats
        self._init: InitReport | None = None
        self._freeze_timer: asyncio.TimerHandle | None = None
        self._in_use = False
        self._frozen = False

    @property
    def phase(self) -> Phase:
        """Where the environment is in its life."""
        return self._phase

    @property
    def probe_record(self) -> dict[str, Any] | None:
        """What the probe sent last."""
        self._runtime.sandbox.drain()
        return self._log.probe_record

    @property
    def root_pid(self) -> int:
        """The first process of the sandbox, which lives as long as the sandbox; by this machine's numbers."""
        return self._resources.root_pid

    async def start(self, create: Callable[[Sandbox], Awaitable[None]]) -> None:
        """Have the sandbox created and run the init phase, to its end or its failure.

        Raises:
            SandboxError: the sandbox cannot be made.
        """
        begun_ns = self._clock.ticks_ns()
        self._enter(Signal.START)
        await self._runtime.open(create)
        if not self._deployment.on_demand:
            self._limit_cpu()
        self._log.platform(self._platform.init_start(self._clock.now_s()))
        self._init, failure = await self._run_init(begun_ns, self._deployment.init_timeout_s)
        self._accounts.begin()
        if failure is None:
            self._freeze_soon()
        else:
            await self._runtime.kill()

    async def invoke(self, event: Event) -> InvocationReport:
        """Invoke the function once; however that ends, the environment can be invoked again."""
        self._in_use = True
        request_id = self._clock.new_id()
        started_s, begun_ns = self._clock.now_s(), self._clock.ticks_ns()
        init, self._init = self._init, None
        if not self._frozen and begun_ns - self._runtime.step_ns > _AT_ONCE_NS:
            self._accounts.begin()
        self._frozen = False
        failure: Step | None = None
        if self._phase is Phase.RESET:
            init = None  # its init phase failed, or was that of a runtime that is gone
            self._resources.thaw()  # a runtime that died just before it was frozen left the sandbox so
            self._enter(Signal.EVENT)
            again, failure = await self._run_init(begun_ns, self._deployment.timeout_s, suppressed=True)
            begun_ns += int(again.creation_ms * 1e6)  # the time that it takes to start a process here is not Lambda's
        self._log.platform(self._platform.start(started_s, request_id))
        if failure is None:
            step, duration_ms = await self._send(event, request_id, begun_ns=begun_ns)
        else:
            step, duration_ms = failure, (self._runtime.step_ns - begun_ns) / 1e6
        outcome = self._outcome(step, request_id)
        if isinstance(outcome, TimedOut):
            duration_ms = outcome.timeout_s * 1000.0
        elif isinstance(outcome, ResponseTooLarge):
            await self._outlive_refusal()
        usage = self._accounts.end(duration_ms)
        if self._phase is Phase.RESET:
            await self._runtime.kill()
        else:
            self._freeze_soon()
        figures = self._figures(outcome, duration_ms, init=init, usage=usage)
        self._log_end(request_id, outcome, figures=figures)
        return InvocationReport(
            request_id=request_id,
            environment_id=self.id,
            event_name=event.name,
            outcome=outcome,
            started_s=started_s,
            duration_ms=duration_ms,
            billed_ms=figures.billed_ms,
            memory_size_mb=figures.memory_size_mb,
            max_memory_mb=usage.max_memory_mb,
            memory_mb=usage.memory_mb,
            cpu_ms=usage.cpu_ms,
            throttled_ms=usage.throttled_ms,
            init=init,
            log=self._log.take(),
            caveats=self._caveats + usage.caveats + self._log_caveats(),
        )

    async def settle(self) -> None:
        """Wait until the runtime asks for the next event, so that what it does after an answer is done."""
        if self._phase is Phase.READY:
            await self._runtime.next_step(self._deployment.timeout_s)

    async def close(self) -> None:
        """Shut the environment down: SIGTERM, up to 2 s, then the end of every process; nothing is left."""
        if self._phase is Phase.CLOSED:
            return
        if self._freeze_timer is not None:
            self._freeze_timer.cancel()
        self._resources.thaw()
        ready = self._phase is Phase.READY
        self._enter(Signal.CLOSE)
        try:
            if ready:
                await self._runtime.shut_down(limits.SHUTDOWN_S)
        finally:
            self._accounts.close()
            await self._runtime.close()

    async def _run_init(
        self, begun_ns: int, timeout_s: float, *, suppressed: bool = False
    ) -> tuple[InitReport, Step | None]:
        """Start the runtime and wait until it is idle; the step that made it fail, if it did."""
        self._log.begin()
        cpu_ns = self._resources.cpu_ns()
        variables = self._deployment.variables(self._runtime.api_address, self.id, probe=self._probe)
        folder = self._deployment.paths.task_root
        started_ns = await self._runtime.start(self._deployment.argv, variables, folder=folder)
        step = await self._runtime.next_step(timeout_s - (self._clock.ticks_ns() - started_ns) / 1e9)
        self._runtime.sandbox.drain()
        status, error_type = _init_status(step)
        booted_ns = self._log.booted_ns or started_ns
        report = InitReport(
            status=status,
            creation_ms=(started_ns - begun_ns) / 1e6,
            boot_ms=(booted_ns - started_ns) / 1e6,
            function_ms=(self._runtime.step_ns - booted_ns) / 1e6,
            cpu_ms=(self._resources.cpu_ns() - cpu_ns) / 1e6,
            peak_memory_mb=self._accounts.peak_mb(),
            error_type=error_type,
            suppressed=suppressed,
        )
        if status is InitStatus.SUCCESS:
            self._enter(Signal.NEXT)
            self._accounts.watch(self._resources.runtime_pid())
            return msgspec.structs.replace(report, memory_mb=self._accounts.memory_mb()), None
        self._enter(Signal.FAILED)
        line = self._platform.init_report(
            self._clock.now_s(),
            report.init_ms,
            phase="invoke" if suppressed else "init",
            status=status.value,
            error_type=error_type,
        )
        self._log.platform(line)
        return report, step

    async def _send(self, event: Event, request_id: str, *, begun_ns: int) -> tuple[Step, float]:
        """Send the event and wait for the answer; also the Duration in ms."""
        suppressed = self._phase is Phase.INVOKE
        if not suppressed:
            self._enter(Signal.EVENT)
        left_s = self._deployment.timeout_s - (self._clock.ticks_ns() - begun_ns) / 1e9
        head = self._deployment.event_head(
            event,
            request_id=request_id,
            attempt_id=self._clock.new_id(),
            deadline_s=self._clock.now_s() + left_s,
        )
        answer = self._runtime.send(request_id, head=head, payload=event.payload, timeout_s=left_s)
        self._resources.thaw()  # with the event there already, it wakes once
        step = await answer
        self._enter(Signal.ANSWERED if isinstance(step, Answer) else Signal.FAILED)
        return step, (self._runtime.step_ns - (begun_ns if suppressed else self._runtime.sent_ns)) / 1e6

    async def _outlive_refusal(self) -> None:
        """Wait for what the runtime does when its response is refused; AWS's own client exits."""
        step = await self._runtime.next_step(self._deployment.timeout_s)
        if isinstance(step, Exit):
            self._enter(Signal.FAILED)

    def _outcome(self, step: Step, request_id: str) -> Outcome:
        if isinstance(step, Answer):
            return outcomes.answered(step)
        if isinstance(step, InitError):
            return outcomes.function_error(step.payload, step.error_type)
        if not isinstance(step, Exit):
            return outcomes.timed_out(request_id, self._deployment.timeout_s)
        if outcomes.was_killed(step.status) and self._resources.out_of_memory():
            return outcomes.out_of_memory(request_id, self._deployment.spec.memory.mb)
        return outcomes.exited(request_id, step.status)

    def _figures(
        self, outcome: Outcome, duration_ms: float, *, init: InitReport | None, usage: Usage
    ) -> platform_log.ReportFigures:
        billed_init_ms = init.init_ms if init is not None and self._deployment.on_demand else None
        status, error_type = outcomes.report_status(outcome)
        return platform_log.ReportFigures(
            duration_ms=duration_ms,
            billed_ms=max(1, math.ceil(duration_ms + (billed_init_ms or 0.0))),
            memory_size_mb=self._deployment.spec.memory.mb,
            max_memory_mb=math.ceil(usage.max_memory_mb),
            init_ms=billed_init_ms,
            status=status,
            error_type=error_type,
        )

    def _log_end(self, request_id: str, outcome: Outcome, *, figures: platform_log.ReportFigures) -> None:
        self._runtime.sandbox.drain()
        now_s = self._clock.now_s()
        for line in (
            platform_log.failure(now_s, request_id, outcome=outcome),
            self._platform.end(request_id),
            self._platform.report(now_s, request_id, figures=figures),
        ):
            if line:
                self._log.platform(line)

    def _log_caveats(self) -> tuple[Caveat, ...]:
        dropped = self._log.take_dropped()
        return (Caveat(CaveatCode.LOG_TRUNCATED, f"{dropped} lines dropped"),) if dropped else ()

    def _enter(self, signal: Signal) -> None:
        self._phase = after(self._phase, signal)

    def _limit_cpu(self) -> None:
        self._resources.set_cpu_share(self._deployment.spec.memory.vcpu_share)

    def _on_idle(self) -> None:
        if self._phase is Phase.INIT and self._deployment.on_demand:
            self._limit_cpu()

    def _on_death(self) -> None:
        if self._phase is Phase.READY:
            self._enter(Signal.FAILED)

    def _freeze_soon(self) -> None:
        self._in_use = False
        if self._freeze_timer is None:
            self._freeze_in(_FREEZE_GRACE_S)

    def _freeze_in(self, delay_s: float) -> None:
        self._freeze_timer = asyncio.get_running_loop().call_later(delay_s, self._freeze)

    def _freeze(self) -> None:
        """Freeze if the answer is long enough ago and the runtime idle; else look again."""
        self._freeze_timer = None
        if self._in_use or self._phase is not Phase.READY:
            return
        left_s = _FREEZE_GRACE_S - (self._clock.ticks_ns() - self._runtime.step_ns) / 1e9
        if left_s > 0 or not self._runtime.idle:
            self._freeze_in(max(left_s, _FREEZE_GRACE_S / 4))
            return
        self._resources.freeze()
        self._accounts.begin()  # nothing is used from here to the next event
        self._frozen = True


def _init_status(step: Step) -> tuple[InitStatus, str | None]:
    if isinstance(step, Next):
        return InitStatus.SUCCESS, None
    if isinstance(step, Late):
        return InitStatus.TIMEOUT, None
    if isinstance(step, InitError):
        return InitStatus.ERROR, outcomes.fatal_type(step.error_type)
    return InitStatus.ERROR, "Runtime.ExitError"
