"""GradualDeployment: how traffic is shifted, what takes it back, and what is refused."""

import pytest
from stacks.synthesis import as_text, of_type, refused, synthesized, the_one

from headstart.cdk import (
    AlarmTopic,
    DeploymentSettings,
    Evaluation,
    FunctionAlarms,
    GradualDeployment,
    ProvisionedConcurrency,
    ProvisionedSettings,
    Shift,
    UtilizationTracking,
    cdk,
)


def deploy(stack, function, **settings):
    return GradualDeployment(stack, "Deployment", alias=function.alias, settings=DeploymentSettings(**settings))


def test_the_alias_is_moved_by_codedeploy(stack, orders):
    deploy(stack, orders)
    resources = synthesized(stack)
    (application_id,) = of_type(resources, "CodeDeploy::Application")
    (group_id,) = of_type(resources, "CodeDeploy::DeploymentGroup")
    assert the_one(resources, "Lambda::Alias")["UpdatePolicy"] == {
        "CodeDeployLambdaAliasUpdate": {
            "ApplicationName": {"Ref": application_id},
            "DeploymentGroupName": {"Ref": group_id},
        }
    }


def test_alarms_and_failures_take_traffic_back(stack, orders):
    alarms = FunctionAlarms(stack, "Alarms", function=orders, topic=AlarmTopic(stack, "Topic").topic)
    deploy(stack, orders, alarms=(alarms.alarms["Duration"],))
    resources = synthesized(stack)
    group = the_one(resources, "CodeDeploy::DeploymentGroup")["Properties"]
    assert group["AutoRollbackConfiguration"] == {
        "Enabled": True,
        "Events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"],
    }
    watched = group["AlarmConfiguration"]
    assert watched["Enabled"]
    named = [one["Name"]["Ref"] for one in watched["Alarms"]]
    own = [name for name in of_type(resources, "CloudWatch::Alarm") if name.startswith("Deployment")]
    (duration,) = [name for name in of_type(resources, "CloudWatch::Alarm") if name.startswith("AlarmsDuration")]
    assert named == [*own, duration]
    assert len(own) == 2


def test_the_alias_and_the_new_version_are_watched(stack, orders):
    deploy(stack, orders, error_percent=3, minimum_requests=7)
    resources = synthesized(stack)
    (function_id,) = of_type(resources, "Lambda::Function")
    (version_id,) = of_type(resources, "Lambda::Version")
    alias = {"FunctionName": f"${{{function_id}}}", "Resource": f"${{{function_id}}}:live"}
    expected = [alias, alias | {"ExecutedVersion": f"${{{version_id}.Version}}"}]
    for alarm, dimensions in zip(of_type(resources, "CloudWatch::Alarm").values(), expected, strict=True):
        expression, *metrics = alarm["Properties"]["Metrics"]
        assert expression["Expression"] == "IF(invocations >= 7, 100 * FILL(errors, 0) / invocations, 0)"
        assert alarm["Properties"]["Threshold"] == 3
        for metric in metrics:
            found = metric["MetricStat"]["Metric"]["Dimensions"]
            assert {one["Name"]: as_text(one["Value"]) for one in found} == dimensions


@pytest.mark.parametrize(
    ("shift", "config"),
    [
        (Shift(), "CodeDeployDefault.LambdaCanary10Percent5Minutes"),
        (Shift(minutes=30), "CodeDeployDefault.LambdaCanary10Percent30Minutes"),
        (Shift(minutes=1, is_linear=True), "CodeDeployDefault.LambdaLinear10PercentEvery1Minute"),
        (Shift(minutes=10, is_linear=True), "CodeDeployDefault.LambdaLinear10PercentEvery10Minutes"),
    ],
)
def test_configurations_of_codedeploy_are_used_where_there_are_any(stack, orders, shift, config):
    deploy(stack, orders, shift=shift)
    resources = synthesized(stack)
    assert the_one(resources, "CodeDeploy::DeploymentGroup")["Properties"]["DeploymentConfigName"] == config
    assert not of_type(resources, "CodeDeploy::DeploymentConfig")


@pytest.mark.parametrize(
    ("shift", "routing"),
    [
        (
            Shift(percent=5, minutes=15),
            {"Type": "TimeBasedCanary", "TimeBasedCanary": {"CanaryInterval": 15, "CanaryPercentage": 5}},
        ),
        (
            Shift(percent=20, minutes=4, is_linear=True),
            {"Type": "TimeBasedLinear", "TimeBasedLinear": {"LinearInterval": 4, "LinearPercentage": 20}},
        ),
    ],
)
def test_other_shifts_have_a_configuration_of_their_own(stack, orders, shift, routing):
    deploy(stack, orders, shift=shift)
    config = the_one(synthesized(stack), "CodeDeploy::DeploymentConfig")["Properties"]
    assert config["TrafficRoutingConfig"] == routing


def test_an_alias_with_provisioned_concurrency_has_no_weights_in_the_template(stack, orders):
    scaled = ProvisionedSettings(executions=5, maximum=20, tracking=UtilizationTracking())
    ProvisionedConcurrency(stack, "Provisioned", alias=orders.alias, settings=scaled)
    deploy(stack, orders)
    alias = the_one(synthesized(stack), "Lambda::Alias")
    assert alias["Properties"]["ProvisionedConcurrencyConfig"] == {"ProvisionedConcurrentExecutions": 5}
    assert "RoutingConfig" not in alias["Properties"]
    assert "UpdatePolicy" in alias


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"shift": Shift(percent=0)}, "shift.percent is 0; allowed: 1 … 99"),
        ({"shift": Shift(percent=100)}, "shift.percent is 100; allowed: 1 … 99"),
        ({"shift": Shift(minutes=0)}, "minutes from first to last shift is 0; allowed: 1 … 2,880"),
        ({"shift": Shift(percent=10, minutes=321, is_linear=True)}, "minutes from first to last shift is 2,889;"),
        ({"shift": Shift(minutes=2)}, "all traffic is shifted after 2 minutes, and the alarms take 120 s and more"),
        ({"evaluation": Evaluation(datapoints=5, periods=5)}, "after 5 minutes, and the alarms take 300 s and more"),
        ({"evaluation": Evaluation(datapoints=3, periods=2)}, "evaluation.datapoints is 3; allowed: 1 … 2"),
        ({"error_percent": 100}, "error_percent is 100; allowed: 0 or more and below 100"),
    ],
)
def test_shifts_that_cannot_be_or_cannot_be_taken_back_are_refused(stack, orders, wrong, sentence):
    deploy(stack, orders, **wrong)
    ((path, said),) = refused(stack)
    assert path == "Shop/Deployment"
    assert sentence in said


def test_a_weighted_alias_is_refused(stack, orders):
    old = cdk.aws_lambda.Version.from_version_arn(stack, "Old", f"{orders.function.function_arn}:7")
    weights = [cdk.aws_lambda.VersionWeight(version=old, weight=0.1)]
    alias = cdk.aws_lambda.Alias(
        stack, "Split", alias_name="split", version=orders.version, additional_versions=weights
    )
    GradualDeployment(stack, "Deployment", alias=alias)
    assert refused(stack) == [
        ("Shop/Deployment", "Shop/Split has weights, which CodeDeploy sets itself; drop additional_versions")
    ]


def test_latest_is_refused(stack, orders):
    alias = cdk.aws_lambda.Alias(stack, "Newest", alias_name="newest", version=orders.function.latest_version)
    GradualDeployment(stack, "Deployment", alias=alias)
    assert refused(stack) == [("Shop/Deployment", "Shop/Newest leads to $LATEST; lead it to a version")]
