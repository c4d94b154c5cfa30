"""Scalable targets, policies, alarms and dashboards of hand-made resources."""

from typing import Any

import pytest
from template_fixture import LIVE, ORDERS, VERSION, lambda_function, look, ref, resource

from headstart.model.infrastructure import Resource, ScheduledAction, Symbolic


def target(resource_id: Any, **more: Any) -> Resource:
    properties = {
        "ServiceNamespace": "lambda",
        "ScalableDimension": "lambda:function:ProvisionedConcurrency",
        "MinCapacity": 2,
        "MaxCapacity": 50,
        "ResourceId": resource_id,
    }
    return resource("Target", "AWS::ApplicationAutoScaling::ScalableTarget", properties | more.pop("and_", {}), **more)


@pytest.mark.parametrize(
    "resource_id",
    [
        "function:orders-fn:live",
        Symbolic("function:${Orders}:live", ("Orders",)),
        # Select and Split on the alias's ARN, resolved.
        Symbolic("function:${Orders}:live", ("Live",)),
    ],
)
def test_a_scalable_target_knows_its_function_and_alias(resource_id):
    found = look(lambda_function(FunctionName="orders-fn"), VERSION, LIVE, target(resource_id)).scalable_targets[0]
    assert (found.function, found.qualifier, found.min_capacity, found.max_capacity) == ("Orders", "live", 2, 50)


def test_schedules_are_inline():
    action = {
        "ScheduledActionName": "morning",
        "Schedule": "cron(0 8 * * ? *)",
        "Timezone": "Europe/Berlin",
        "ScalableTargetAction": {"MinCapacity": 10, "MaxCapacity": "20"},
    }
    found = look(target("function:a:live", and_={"ScheduledActions": [action]})).scalable_targets[0]
    assert found.schedules == (
        ScheduledAction(
            name="morning",
            schedule="cron(0 8 * * ? *)",
            time_zone="Europe/Berlin",
            min_capacity=10,
            max_capacity=20,
        ),
    )


RESOURCE_ID = Symbolic("function:${Orders}:live", ("Orders",))


@pytest.mark.parametrize(
    ("more", "is_after"),
    [
        ({"refers_to": frozenset({"Orders"})}, False),
        ({"refers_to": frozenset({"Orders", "Live"})}, True),
        ({"depends_on": frozenset({"Live"})}, True),
        ({"depends_on": frozenset({"Between"})}, True),
    ],
)
def test_a_scalable_target_is_after_its_alias_when_something_orders_them(more, is_after):
    between = resource("Between", "AWS::SNS::Topic", refers_to=frozenset({"Live", "Between"}))
    found = look(ORDERS, VERSION, LIVE, between, target(RESOURCE_ID, **more)).scalable_targets[0]
    assert found.is_after_alias is is_after


def test_a_target_whose_alias_is_elsewhere_is_neither_before_nor_after():
    assert look(ORDERS, target(RESOURCE_ID)).scalable_targets[0].is_after_alias is None


def test_targets_and_policies_of_other_services_are_none():
    table = {"ServiceNamespace": "dynamodb", "ResourceId": "table/orders", "ScalableDimension": "dynamodb:table:Read"}
    other = resource("Other", "AWS::ApplicationAutoScaling::ScalableTarget", table)
    policy = resource("P", "AWS::ApplicationAutoScaling::ScalingPolicy", table | {"PolicyType": "StepScaling"})
    by_id = resource("Q", "AWS::ApplicationAutoScaling::ScalingPolicy", {"ScalingTargetId": ref("Other")})
    found = look(other, policy, by_id)
    assert (found.scalable_targets, found.scaling_policies, found.not_understood) == ((), (), ())


TRACKING = {"TargetValue": 0.7, "PredefinedMetricSpecification": {"PredefinedMetricType": "LambdaUtilization"}}
NAMES = {"ServiceNamespace": "lambda", "ScalableDimension": "lambda:function:ProvisionedConcurrency"}


@pytest.mark.parametrize(
    "of",
    [
        {"ScalingTargetId": ref("Target")},
        {"ScalingTargetId": Symbolic("service/lambda/…", ("Target",))},
        NAMES | {"ResourceId": RESOURCE_ID},
        NAMES | {"ResourceId": Symbolic("${Orders}", ("Orders",))},
    ],
)
def test_a_policy_knows_its_target(of):
    is_other = of.get("ResourceId") == ref("Orders")
    policy = resource(
        "P",
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        of | {"PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": TRACKING},
    )
    found = look(ORDERS, VERSION, LIVE, target(RESOURCE_ID), policy).scaling_policies[0]
    assert found.target == ("${Orders}" if is_other else "Target")
    assert (found.policy_type, found.predefined_metric, found.target_value) == (
        "TargetTrackingScaling",
        "LambdaUtilization",
        0.7,
    )


def test_a_custom_metric_and_steps_of_a_policy_are_read():
    custom = {
        "MetricName": "ProvisionedConcurrencyUtilization",
        "Namespace": "AWS/Lambda",
        "Statistic": "Maximum",
        "Dimensions": [{"Name": "FunctionName", "Value": ref("Orders")}],
    }
    steps = [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 5}]
    policy = resource(
        "P",
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        {
            "ScalingTargetId": ref("Target"),
            "TargetTrackingScalingPolicyConfiguration": {"CustomizedMetricSpecification": custom},
            "StepScalingPolicyConfiguration": {"StepAdjustments": steps, "AdjustmentType": "ChangeInCapacity"},
        },
    )
    found = look(ORDERS, target(RESOURCE_ID), policy).scaling_policies[0]
    assert found.custom_metric is not None
    assert (found.custom_metric.name, found.custom_metric.statistic) == ("ProvisionedConcurrencyUtilization", "Maximum")
    assert found.custom_metric.dimensions == {"FunctionName": ref("Orders")}
    assert (found.steps, found.adjustment_type) == (tuple(steps), "ChangeInCapacity")


def alarm(**properties: Any) -> Resource:
    return resource("Alarm", "AWS::CloudWatch::Alarm", properties)


def dimensions(**values: Any) -> list[dict[str, Any]]:
    return [{"Name": name, "Value": value} for name, value in values.items()]


def test_every_property_of_an_alarm_of_one_metric_is_read():
    found = look(
        ORDERS,
        alarm(
            AlarmName="slow",
            Namespace="AWS/Lambda",
            MetricName="Duration",
            ExtendedStatistic="p99",
            Period="60",
            Dimensions=dimensions(FunctionName=ref("Orders")),
            Threshold="24",
            ComparisonOperator="GreaterThanThreshold",
            EvaluationPeriods=3,
            DatapointsToAlarm=2,
            TreatMissingData="notBreaching",
            AlarmActions=[ref("Topic")],
            OKActions=[ref("Topic")],
        ),
    ).alarms[0]
    query = found.queries[0]
    assert (query.namespace, query.name, query.statistic, query.period_s) == ("AWS/Lambda", "Duration", "p99", 60)
    assert (found.name, found.threshold, found.comparison) == ("slow", 24, "GreaterThanThreshold")
    assert (found.evaluation_periods, found.datapoints_to_alarm, found.missing_data) == (3, 2, "notBreaching")
    assert (found.actions, found.ok_actions, found.function) == ((ref("Topic"),), (ref("Topic"),), "Orders")


def stat(id_: str, name: str, *, is_returned: bool | None = False, **values: Any) -> dict[str, Any]:
    metric = {"Namespace": "AWS/Lambda", "MetricName": name, "Dimensions": dimensions(**values)}
    query = {"Id": id_, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}
    return query if is_returned is None else query | {"ReturnData": is_returned}


def test_metric_math_is_read():
    rate = {"Id": "rate", "Expression": "100 * errors / calls"}
    metrics = [
        stat("errors", "Errors", FunctionName=ref("Orders")),
        stat("calls", "Invocations", FunctionName=ref("Orders")),
        rate,
    ]
    found = look(ORDERS, alarm(Metrics=metrics, Threshold=5)).alarms[0]
    assert [(query.id, query.name, query.is_returned) for query in found.queries] == [
        ("errors", "Errors", False),
        ("calls", "Invocations", False),
        ("rate", "", True),
    ]
    assert (found.queries[0].statistic, found.queries[0].period_s) == ("Sum", 60)
    assert (found.queries[2].expression, found.function) == ("100 * errors / calls", "Orders")


@pytest.mark.parametrize(
    ("given", "watched"),
    [
        ({"FunctionName": ref("Orders")}, ("Orders", "", "")),
        (
            {"FunctionName": ref("Orders"), "Resource": Symbolic("${Orders}:live", ("Orders",))},
            ("Orders", "live", ""),
        ),
        ({"Resource": "orders-fn:live"}, ("Orders", "live", "")),
        (
            {
                "FunctionName": "orders-fn",
                "Resource": "orders-fn:live",
                "ExecutedVersion": Symbolic("${V1.Version}", ("V1",)),
            },
            ("Orders", "live", "V1"),
        ),
        ({"FunctionName": "elsewhere"}, ("elsewhere", "", "")),
        ({}, ("", "", "")),
    ],
)
def test_an_alarm_knows_what_it_watches(given, watched):
    one = alarm(Namespace="AWS/Lambda", MetricName="Errors", Dimensions=dimensions(**given))
    found = look(lambda_function(FunctionName="orders-fn"), VERSION, LIVE, one).alarms[0]
    assert (found.function, found.alias, found.executed_version) == watched


def test_an_alarm_over_two_functions_watches_neither():
    metrics = [stat("a", "Errors", FunctionName=ref("Orders")), stat("b", "Errors", FunctionName=ref("Other"))]
    found = look(ORDERS, lambda_function("Other"), alarm(Metrics=metrics)).alarms[0]
    assert (found.function, len(found.queries)) == ("", 2)


def test_a_composite_alarm_knows_its_children():
    rule = Symbolic('ALARM("${A.Arn}") AND NOT OK(slow) OR ALARM("gone")', ("A",))
    names = {"A": {}, "B": {"AlarmName": "slow"}, "C": {"AlarmName": "other"}}
    alarms = [resource(id_, "AWS::CloudWatch::Alarm", properties) for id_, properties in names.items()]
    composite = resource("All", "AWS::CloudWatch::CompositeAlarm", {"AlarmRule": rule, "AlarmActions": ["arn"]})
    found = look(composite, *alarms).composite_alarms[0]
    assert (found.children, found.actions, found.rule) == (("A", "B"), ("arn",), rule.text)


@pytest.mark.parametrize(
    ("body", "widgets"),
    [
        ('{"widgets": [{"type": "text"}]}', ({"type": "text"},)),
        (Symbolic('{"widgets": [{"region": "${AWS::Region}"}]}'), ({"region": "${AWS::Region}"},)),
        (Symbolic('{"widgets": [{"x": ${X}}]}'), None),
        ('{"no": 1}', None),
        ("no JSON", None),
    ],
)
def test_the_widgets_of_a_dashboard_are_read(body, widgets):
    found = look(resource("D", "AWS::CloudWatch::Dashboard", {"DashboardBody": body}))
    assert found.dashboards[0].widgets == widgets
    assert bool(found.not_understood) is (widgets is None)
