"""A template's resources as Lambda's values: nothing in them is an exception."""

import pytest
from template_fixture import FUNCTION, ORDERS, look, resource

from headstart.model.infrastructure import Infrastructure, Symbolic


@pytest.mark.parametrize("junk", [7, "text", [1], [[]], {"a": 1}, True, Symbolic("${X}"), None])
@pytest.mark.parametrize(
    ("type_", "names"),
    [
        (FUNCTION, ["Code", "Environment", "Layers", "SnapStart", "LoggingConfig", "FunctionName"]),
        ("AWS::Lambda::Alias", ["FunctionName", "FunctionVersion", "RoutingConfig", "Name"]),
        ("AWS::ApplicationAutoScaling::ScalableTarget", ["ResourceId", "ScheduledActions", "ServiceNamespace"]),
        (
            "AWS::ApplicationAutoScaling::ScalingPolicy",
            ["ScalingTargetId", "StepScalingPolicyConfiguration", "TargetTrackingScalingPolicyConfiguration"],
        ),
        ("AWS::CloudWatch::Alarm", ["Metrics", "Dimensions", "AlarmActions", "MetricName"]),
        ("AWS::CloudWatch::CompositeAlarm", ["AlarmRule"]),
        ("AWS::CloudWatch::Dashboard", ["DashboardBody"]),
        ("AWS::Lambda::EventSourceMapping", ["FunctionName", "EventSourceArn", "ScalingConfig"]),
        ("AWS::Events::Rule", ["Targets"]),
        ("AWS::ApiGateway::RestApi", ["Body"]),
        ("AWS::Cognito::UserPool", ["LambdaConfig"]),
        ("AWS::Lambda::Permission", ["FunctionName", "Principal", "SourceArn", "Action"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_no_value_of_a_property_is_an_exception(type_, names, junk):
    found = look(ORDERS, *(resource(f"R{i}", type_, {name: junk}) for i, name in enumerate(names)))
    assert isinstance(found, Infrastructure)
    assert found.function("Orders") is not None
