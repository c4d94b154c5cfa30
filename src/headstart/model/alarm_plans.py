"""The alarms of a function as data: what each looks at, above which threshold it fires, and what it says."""

from collections.abc import Iterator
from typing import Final, Literal

import msgspec

from headstart.model.alarm_settings import AlarmSettings

ERROR_LABEL: Final = "Errors, % of invocations"
FAILED_EVENTS: Final = "FailedEvents"
DEAD_LETTERS: Final = "DeadLetters"
Owner = Literal["alias", "function", "region", "queue"]


class MetricPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One of Lambda's metrics, or how many messages a queue has; ``of`` says whose."""

    name: str
    statistic: str
    of: Owner = "alias"


class ErrorPercent(msgspec.Struct, frozen=True, kw_only=True):
    """The percentage of an alias's invocations that fail, 0 for a period with fewer than ``minimum_requests``.

    ``of_new_version``: of those alone that the version runs which the alias is moved to.
    """

    minimum_requests: int
    of_new_version: bool = False

    @property
    def expression(self) -> str:
        """The metric math, over the sums ``errors`` and ``invocations``."""
        return f"IF(invocations >= {self.minimum_requests}, 100 * FILL(errors, 0) / invocations, 0)"


class AlarmPlan(msgspec.Struct, frozen=True):
    """An alarm that fires above ``threshold``, which is in the metric's own unit."""

    name: str
    metric: MetricPlan | ErrorPercent
    threshold: float
    description: str


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """What the alarms of a function depend on; ``queues`` are those of its failed events, by the alarm's name."""

    timeout_s: int
    reserved: int | None = None
    provisioned: int | None = None
    queues: tuple[str, ...] = ()


def of_function(settings: AlarmSettings, watched: Watched) -> Iterator[AlarmPlan]:
    """The alarms that ``settings`` ask for."""
    yield from _of_invocations(settings, timeout_s=watched.timeout_s)
    yield from _of_concurrency(settings, watched)
    yield from _of_waiting(settings, watched)


def of_deployment(error_percent: float, minimum_requests: int) -> Iterator[AlarmPlan]:
    """The alarms that take a deployment back: the alias dilutes the errors of a canary, so its version has its own."""
    description = f"more than {error_percent:g} % of at least {minimum_requests} invocations fail"
    for name, of_new_version in {"Errors": False, "NewVersionErrors": True}.items():
        metric = ErrorPercent(minimum_requests=minimum_requests, of_new_version=of_new_version)
        yield AlarmPlan(name, metric, error_percent, description)


def vain(plan: AlarmPlan) -> Iterator[str]:
    """A sentence where the alarm would always fire."""
    if plan.name == "Concurrency" and plan.threshold < 1:
        yield f"the alarm on concurrency would fire at the first invocation, above {plan.threshold:g}; raise it"


def _of_invocations(settings: AlarmSettings, *, timeout_s: int) -> Iterator[AlarmPlan]:
    if settings.error_percent is not None:
        least = settings.minimum_requests
        description = f"more than {settings.error_percent:g} % of at least {least} invocations fail"
        yield AlarmPlan("Errors", ErrorPercent(minimum_requests=least), settings.error_percent, description)
    if settings.throttles is not None:
        throttles = MetricPlan(name="Throttles", statistic="Sum")
        yield AlarmPlan("Throttles", throttles, settings.throttles, f"more than {settings.throttles} are throttled")
    if settings.duration_percent is not None:
        duration = MetricPlan(name="Duration", statistic=f"p{settings.duration_percentile:g}")
        share = f"{settings.duration_percent:g} % of the timeout of {timeout_s} s"
        threshold_ms = timeout_s * 10 * settings.duration_percent
        yield AlarmPlan("Duration", duration, threshold_ms, f"{duration.statistic} takes more than {share}")


def _of_concurrency(settings: AlarmSettings, watched: Watched) -> Iterator[AlarmPlan]:
    if settings.concurrency_percent is not None and watched.reserved is not None:
        in_use = MetricPlan(name="ConcurrentExecutions", statistic="Maximum", of="function")
        description = f"more than {settings.concurrency_percent:g} % of the {watched.reserved} reserved are in use"
        yield AlarmPlan("Concurrency", in_use, watched.reserved * settings.concurrency_percent / 100, description)
    if settings.spilled is not None and watched.provisioned is not None:
        spilled = MetricPlan(name="ProvisionedConcurrencySpilloverInvocations", statistic="Sum")
        description = f"more than {settings.spilled} found no provisioned environment"
        yield AlarmPlan("Spillover", spilled, settings.spilled, description)
    if (quota := settings.account_concurrency) is not None:
        claimed = MetricPlan(name="ClaimedAccountConcurrency", statistic="Maximum", of="region")
        description = f"more than {settings.account_percent:g} % of the account's {quota} are claimed"
        yield AlarmPlan("AccountConcurrency", claimed, quota * settings.account_percent / 100, description)


def _of_waiting(settings: AlarmSettings, watched: Watched) -> Iterator[AlarmPlan]:
    ages = {"IteratorAge": settings.iterator_age_s, "AsyncEventAge": settings.async_age_s}
    for name, age_s in ages.items():
        if age_s is not None:
            age = MetricPlan(name=name, statistic="Maximum", of="function")
            yield AlarmPlan(name, age, age_s * 1000, f"an event waits for more than {age_s:g} s")
    for name in watched.queues if settings.failed_events is not None else ():
        depth = MetricPlan(name="ApproximateNumberOfMessagesVisible", statistic="Maximum", of="queue")
        yield AlarmPlan(
            name, depth, settings.failed_events or 0, f"more than {settings.failed_events} are in the queue"
        )
