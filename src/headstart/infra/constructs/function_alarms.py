"""The alarms of a function: what its callers notice, and what is about to run out."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from headstart.infra.constructs import alarms, metrics
from headstart.infra.constructs.declared import concurrency_of
from headstart.infra.constructs.refusals import refuse, refuse_changes
from headstart.infra.constructs.tuned_function import TunedFunction
from headstart.model import alarm_plans
from headstart.model.alarm_plans import DEAD_LETTERS, FAILED_EVENTS, AlarmPlan, MetricPlan, Watched
from headstart.model.alarm_settings import AlarmSettings, problems_of


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
        plans = [] if problems else list(alarm_plans.of_function(settings, _watched(function)))
        problems += [sentence for plan in plans for sentence in alarm_plans.vain(plan)]
        refuse(self, lambda: problems)
        refuse_changes(
            self,
            lambda: concurrency_of(function.alias),
            hint=f"make it after what reserves or provisions concurrency for {function.node.path}: it watches that",
        )
        self.alarms, self.composite = {}, None
        if plans and not problems:
            for plan in plans:
                metric = _metric(plan, function, period_s=settings.evaluation.period_s)
                self.alarms[plan.name] = alarms.make(self, plan, metric=metric, evaluation=settings.evaluation)
            rule = cloudwatch.AlarmRule.any_of(*self.alarms.values())
            self.composite = cloudwatch.CompositeAlarm(self, "Any", alarm_rule=rule)
            self._notify(topic, each=settings.notifies_each)

    def _notify(self, topic: sns.ITopic, *, each: bool) -> None:
        action = actions.SnsAction(topic)
        for alarm in (self.composite, *(self.alarms.values() if each else ())):
            if alarm is not None:
                alarm.add_alarm_action(action)
                alarm.add_ok_action(action)


def _watched(function: TunedFunction) -> Watched:
    concurrency = concurrency_of(function.alias)
    return Watched(
        timeout_s=function.settings.timeout_s,
        reserved=concurrency.reserved,
        provisioned=concurrency.provisioned,
        queues=tuple(_queues(function)),
    )


def _queues(function: TunedFunction) -> dict[str, sqs.IQueue]:
    queues = {FAILED_EVENTS: function.failed_events, DEAD_LETTERS: function.settings.dead_letters}
    return {name: queue for name, queue in queues.items() if queue is not None}


def _metric(plan: AlarmPlan, function: TunedFunction, *, period_s: int) -> cloudwatch.IMetric:
    metric = plan.metric
    if isinstance(metric, MetricPlan) and metric.of == "queue":
        return _queues(function)[plan.name].metric_approximate_number_of_messages_visible(
            statistic=metric.statistic, period=cdk.Duration.seconds(period_s)
        )
    return metrics.planned(metric, function.alias, period_s=period_s)
