"""The alarms of a plan, the composite of them that notifies, and the topic that it notifies, in CloudFormation."""

from typing import Any

from headstart.infra.synth.function_resources import alias_text
from headstart.infra.synth.intrinsics import (
    POLICY_VERSION,
    Resource,
    Resources,
    attribute,
    ref,
    resource,
    sub,
    tls_alone,
)
from headstart.infra.synth.plan import EVALUATION, StackPlan
from headstart.model.alarm_plans import ERROR_LABEL, AlarmPlan, ErrorPercent, MetricPlan
from headstart.model.alarm_settings import Evaluation
from headstart.model.lambda_metrics import NAMESPACE


def of(plan: StackPlan) -> Resources:
    """The topic, and the alarms of the function with their composite."""
    alarms = {
        alarm_id(plan, alarm): _alarm(plan, alarm, evaluation=plan.table.alarms.evaluation) for alarm in plan.alarms
    }
    topic = ref(f"{plan.id}Topic")
    actions = {"AlarmActions": [topic], "OKActions": [topic]}
    if plan.table.alarms.notifies_each:
        for alarm in alarms.values():
            alarm["Properties"] |= actions
    rule = " OR ".join(f'ALARM("${{{name}.Arn}}")' for name in alarms)
    rule = f"({rule})" if len(alarms) > 1 else rule
    composite = resource("CloudWatch::CompositeAlarm", {"AlarmRule": sub(rule), **actions})
    return {**_topic(plan), **alarms, **({composite_id(plan): composite} if alarms else {})}


def of_deployment(plan: StackPlan, *, version: Any) -> Resources:
    """The alarms that take a deployment back; ``version`` is the new one."""
    return {
        f"{plan.id}Deployment{alarm.name}": _alarm(plan, alarm, evaluation=EVALUATION, version=version)
        for alarm in plan.deployment_alarms
    }


def alarm_id(plan: StackPlan, alarm: AlarmPlan) -> str:
    """The logical id of an alarm of the function."""
    return f"{plan.id}Alarms{alarm.name}"


def composite_id(plan: StackPlan) -> str:
    """The logical id of the composite."""
    return f"{plan.id}AlarmsAny"


def _topic(plan: StackPlan) -> Resources:
    topic = f"{plan.id}Topic"
    publishes = {
        "Sid": "AlarmsPublish",
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": ref(topic),
        "Condition": {
            "ArnLike": {
                "aws:SourceArn": sub("arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:*")
            },
            "StringEquals": {"aws:SourceAccount": ref("AWS::AccountId")},
        },
    }
    denied = tls_alone("sns:Publish", ref(topic), principal="*", Sid="AllowPublishThroughSSLOnly")
    document = {"Version": POLICY_VERSION, "Statement": [denied, publishes]}
    found = {
        topic: resource("SNS::Topic", {}),
        f"{topic}Policy": resource("SNS::TopicPolicy", {"Topics": [ref(topic)], "PolicyDocument": document}),
    }
    for number, email in enumerate(plan.table.emails, start=1):
        found[f"{topic}Email{number}"] = resource(
            "SNS::Subscription", {"TopicArn": ref(topic), "Protocol": "email", "Endpoint": email}
        )
    return found


def _alarm(plan: StackPlan, alarm: AlarmPlan, *, evaluation: Evaluation, version: Any = None) -> Resource:
    properties = {
        "AlarmDescription": alarm.description,
        **_looks_at(plan, alarm, period_s=evaluation.period_s, version=version),
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": _plain(alarm.threshold),
        "DatapointsToAlarm": evaluation.datapoints,
        "EvaluationPeriods": evaluation.periods,
        "TreatMissingData": evaluation.missing_data,
    }
    return resource("CloudWatch::Alarm", properties)


def _looks_at(plan: StackPlan, alarm: AlarmPlan, *, period_s: int, version: Any) -> dict[str, Any]:
    metric = alarm.metric
    if isinstance(metric, ErrorPercent):
        return {"Metrics": _error_percent(plan, metric, period_s=period_s, version=version)}
    statistic = "ExtendedStatistic" if metric.statistic.startswith("p") else "Statistic"
    dimensions = _dimensions(plan, metric, queue=alarm.name)
    return {
        "Namespace": "AWS/SQS" if metric.of == "queue" else NAMESPACE,
        "MetricName": metric.name,
        **({"Dimensions": dimensions} if dimensions else {}),
        statistic: metric.statistic,
        "Period": period_s,
    }


def _dimensions(plan: StackPlan, metric: MetricPlan, *, queue: str = "") -> list[dict[str, Any]]:
    function = {"Name": "FunctionName", "Value": ref(plan.function_id)}
    return {
        "alias": [function, {"Name": "Resource", "Value": alias_text(plan)}],
        "function": [function],
        "region": [],
        "queue": [{"Name": "QueueName", "Value": attribute(f"{plan.id}{queue}", "QueueName")}],
    }[metric.of]


def _error_percent(plan: StackPlan, metric: ErrorPercent, *, period_s: int, version: Any) -> list[dict[str, Any]]:
    dimensions = _dimensions(plan, MetricPlan(name="Errors", statistic="Sum"))
    if metric.of_new_version:
        dimensions.insert(0, {"Name": "ExecutedVersion", "Value": version})
    sums = [
        {
            "Id": name.lower(),
            "MetricStat": {
                "Metric": {"Namespace": NAMESPACE, "MetricName": name, "Dimensions": dimensions},
                "Period": period_s,
                "Stat": "Sum",
            },
            "ReturnData": False,
        }
        for name in ("Errors", "Invocations")
    ]
    return [{"Id": "expr_1", "Label": ERROR_LABEL, "Expression": metric.expression, "ReturnData": True}, *sums]


def _plain(number: float) -> float:
    """A whole number without a decimal point."""
    return int(number) if number == int(number) else number
