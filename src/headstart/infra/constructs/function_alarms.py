"""The alarms of a function: what its callers notice, and what is about to run out."""

from collections.abc import Iterator

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from headstart.infra.constructs import alarms, metrics
from headstart.infra.constructs.alarm_settings import AlarmSettings, problems_of
from headstart.infra.constructs.alarms import AlarmPlan
from headstart.infra.constructs.declared import Concurrency, concurrency_of
from headstart.infra.constructs.refusals import refuse, refuse_changes
from headstart.infra.constructs.tuned_function import TunedFunction


class FunctionAlarms(Construct):
    """Alarms on errors, throttles, duration, concurrency and what waits, and a composite of them that notifies.

    Errors, throttles, duration and spillover are those of the alias; concurrency, which is reserved for all, and the
    ages of events, those of the whole function. The alarm on concurrency is there where the function reserves some,
    that on spillover where the alias provisions some, that on failed events where there is a queue for them. Names are
    generated: one of your own would overwrite the alarm that has it already. ``topic`` hears of ALARM and of OK.

    Refuses: datapoints above periods and other evaluations that CloudWatch refuses; thresholds that are never, or
    always, crossed; to be made before the concurrency that it watches.
    """

    alarms: dict[str, cloudwatch.Alarm]
    composite: cloudwatch.CompositeAlarm | None

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        function: TunedFunction,
        topic: sns.ITopic,
        settings: AlarmSettings | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        settings = settings or AlarmSettings()
        problems = list(problems_of(settings))
        plans = [] if problems else list(_plans(function, settings))
        problems += _vain(plans)
        refuse(self, lambda: problems)
        refuse_changes(
            self,
            lambda: concurrency_of(function.alias),
            hint=f"make it after what reserves or provisions concurrency for {function.node.path}: it watches that",
        )
        self.alarms, self.composite = {}, None
        if plans and not problems:
            for plan in plans:
                self.alarms[plan.name] = alarms.make(self, plan, evaluation=settings.evaluation)
            rule = cloudwatch.AlarmRule.any_of(*self.alarms.values())
            self.composite = cloudwatch.CompositeAlarm(self, "Any", alarm_rule=rule)
            self._notify(topic, each=settings.notifies_each)

    def _notify(self, topic: sns.ITopic, *, each: bool) -> None:
        action = actions.SnsAction(topic)
        for alarm in (self.composite, *(self.alarms.values() if each else ())):
            if alarm is not None:
                alarm.add_alarm_action(action)
                alarm.add_ok_action(action)


def _plans(function: TunedFunction, settings: AlarmSettings) -> Iterator[AlarmPlan]:
    yield from _plans_of_invocations(function, settings)
    yield from _plans_of_concurrency(function, settings, concurrency=concurrency_of(function.alias))
    yield from _plans_of_waiting(function, settings)


def _plans_of_invocations(function: TunedFunction, settings: AlarmSettings) -> Iterator[AlarmPlan]:
    alias, period_s = function.alias, settings.evaluation.period_s
    if settings.error_percent is not None:
        least = settings.minimum_requests
        errors = metrics.error_percent(alias, minimum_requests=least, period_s=period_s)
        description = f"more than {settings.error_percent:g} % of at least {least} invocations fail"
        yield AlarmPlan("Errors", errors, settings.error_percent, description)
    if settings.throttles is not None:
        throttles = metrics.of_alias(alias, "Throttles", statistic="Sum", period_s=period_s)
        yield AlarmPlan("Throttles", throttles, settings.throttles, f"more than {settings.throttles} are throttled")
    if settings.duration_percent is not None:
        statistic = f"p{settings.duration_percentile:g}"
        duration = metrics.of_alias(alias, "Duration", statistic=statistic, period_s=period_s)
        timeout_s = function.settings.timeout_s
        description = f"{statistic} takes more than {settings.duration_percent:g} % of the timeout of {timeout_s} s"
        yield AlarmPlan("Duration", duration, timeout_s * 10 * settings.duration_percent, description)


def _plans_of_concurrency(
    function: TunedFunction, settings: AlarmSettings, *, concurrency: Concurrency
) -> Iterator[AlarmPlan]:
    period_s = settings.evaluation.period_s
    if settings.concurrency_percent is not None and concurrency.reserved is not None:
        in_use = metrics.of_function(function.function, "ConcurrentExecutions", statistic="Maximum", period_s=period_s)
        threshold = concurrency.reserved * settings.concurrency_percent / 100
        description = f"more than {settings.concurrency_percent:g} % of the {concurrency.reserved} reserved are in use"
        yield AlarmPlan("Concurrency", in_use, threshold, description)
    if settings.spilled is not None and concurrency.provisioned is not None:
        name = "ProvisionedConcurrencySpilloverInvocations"
        spilled = metrics.of_alias(function.alias, name, statistic="Sum", period_s=period_s)
        description = f"more than {settings.spilled} found no provisioned environment"
        yield AlarmPlan("Spillover", spilled, settings.spilled, description)
    if (quota := settings.account_concurrency) is not None:
        claimed = metrics.of_region("ClaimedAccountConcurrency", statistic="Maximum", period_s=period_s)
        description = f"more than {settings.account_percent:g} % of the account's {quota} are claimed"
        yield AlarmPlan("AccountConcurrency", claimed, quota * settings.account_percent / 100, description)


def _plans_of_waiting(function: TunedFunction, settings: AlarmSettings) -> Iterator[AlarmPlan]:
    period_s = settings.evaluation.period_s
    ages = {"IteratorAge": settings.iterator_age_s, "AsyncEventAge": settings.async_age_s}
    for name, age_s in ages.items():
        if age_s is not None:
            age = metrics.of_function(function.function, name, statistic="Maximum", period_s=period_s)
            yield AlarmPlan(name, age, age_s * 1000, f"an event waits for more than {age_s:g} s")
    queues = {"FailedEvents": function.failed_events, "DeadLetters": function.settings.dead_letters}
    for name, queue in queues.items():
        if settings.failed_events is not None and queue is not None:
            depth = queue.metric_approximate_number_of_messages_visible(
                statistic="Maximum", period=cdk.Duration.seconds(period_s)
            )
            yield AlarmPlan(name, depth, settings.failed_events, f"more than {settings.failed_events} are in the queue")


def _vain(plans: list[AlarmPlan]) -> Iterator[str]:
    for plan in plans:
        if plan.name == "Concurrency" and plan.threshold < 1:
            yield f"the alarm on concurrency would fire at the first invocation, above {plan.threshold:g}; raise it"
