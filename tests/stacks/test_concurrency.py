"""ReservedConcurrency and ProvisionedConcurrency: what they are made of, and what they refuse."""

import msgspec
import pytest
from stacks.synthesis import as_text, of_type, refused, synthesized, the_one

from headstart.cdk import (
    CapacitySchedule,
    ProvisionedConcurrency,
    ProvisionedSettings,
    ReservedConcurrency,
    TunedFunction,
    UtilizationTracking,
    cdk,
)

SCALED = ProvisionedSettings(executions=5, minimum=2, maximum=20, tracking=UtilizationTracking())
MORNING = CapacitySchedule(name="morning", when="cron(0 8 ? * MON-FRI *)", minimum=10)


def provision(stack, function, settings=SCALED):
    return ProvisionedConcurrency(stack, "Provisioned", alias=function.alias, settings=settings)


def reserve(stack, function, executions, **quota):
    ReservedConcurrency(stack, "Reserved", function=function.function, executions=executions, **quota)


def test_concurrency_is_reserved_for_the_function(stack, orders):
    reserve(stack, orders, 50)
    assert the_one(synthesized(stack), "Lambda::Function")["Properties"]["ReservedConcurrentExecutions"] == 50


def test_concurrency_is_provisioned_for_the_alias_and_not_for_the_version(stack, orders):
    provision(stack, orders, ProvisionedSettings(executions=5))
    resources = synthesized(stack)
    alias = the_one(resources, "Lambda::Alias")["Properties"]
    assert alias["ProvisionedConcurrencyConfig"] == {"ProvisionedConcurrentExecutions": 5}
    assert "ProvisionedConcurrencyConfig" not in the_one(resources, "Lambda::Version")["Properties"]
    assert not of_type(resources, "ApplicationAutoScaling::ScalableTarget")


def test_the_target_comes_after_the_alias_with_the_role_of_the_service(stack, orders):
    provision(stack, orders)
    resources = synthesized(stack)
    target = the_one(resources, "ApplicationAutoScaling::ScalableTarget")["Properties"]
    (alias_id,) = of_type(resources, "Lambda::Alias")
    (_, parts) = target["ResourceId"]["Fn::Join"]
    assert parts == ["function:", {"Fn::Select": [6, {"Fn::Split": [":", {"Ref": alias_id}]}]}, ":live"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (2, 20)
    assert (target["ServiceNamespace"], target["ScalableDimension"]) == (
        "lambda",
        "lambda:function:ProvisionedConcurrency",
    )
    assert "RoleARN" not in target
    assert len(of_type(resources, "IAM::Role")) == 1


def test_the_maximum_of_the_alias_is_tracked(stack, orders):
    tracking = UtilizationTracking(target_ratio=0.6, scale_in_cooldown_s=120, scale_out_cooldown_s=0)
    provision(stack, orders, msgspec.structs.replace(SCALED, tracking=tracking))
    resources = synthesized(stack)
    policy = the_one(resources, "ApplicationAutoScaling::ScalingPolicy")["Properties"]
    (target_id,) = of_type(resources, "ApplicationAutoScaling::ScalableTarget")
    assert (policy["PolicyType"], policy["ScalingTargetId"]) == ("TargetTrackingScaling", {"Ref": target_id})
    tracked = policy["TargetTrackingScalingPolicyConfiguration"]
    assert (tracked["TargetValue"], tracked["ScaleInCooldown"], tracked["ScaleOutCooldown"]) == (0.6, 120, 0)
    assert "PredefinedMetricSpecification" not in tracked
    metric = tracked["CustomizedMetricSpecification"]
    assert (metric["Namespace"], metric["MetricName"], metric["Statistic"]) == (
        "AWS/Lambda",
        "ProvisionedConcurrencyUtilization",
        "Maximum",
    )
    (function_id,) = of_type(resources, "Lambda::Function")
    dimensions = {one["Name"]: as_text(one["Value"]) for one in metric["Dimensions"]}
    assert dimensions == {"FunctionName": f"${{{function_id}}}", "Resource": f"${{{function_id}}}:live"}


def test_the_average_is_tracked_by_the_predefined_metric(stack, orders):
    tracking = UtilizationTracking(statistic="Average")
    provision(stack, orders, msgspec.structs.replace(SCALED, tracking=tracking))
    policy = the_one(synthesized(stack), "ApplicationAutoScaling::ScalingPolicy")["Properties"]
    assert policy["TargetTrackingScalingPolicyConfiguration"] == {
        "PredefinedMetricSpecification": {"PredefinedMetricType": "LambdaProvisionedConcurrencyUtilization"},
        "TargetValue": 0.7,
    }


@pytest.mark.parametrize("tracking", [None, UtilizationTracking()])
def test_schedules_move_the_bounds_with_tracking_or_without(stack, orders, tracking):
    night = CapacitySchedule(name="night", when="cron(0 22 * * ? *)", maximum=4, time_zone="Europe/Berlin")
    settings = msgspec.structs.replace(SCALED, tracking=tracking, schedules=(MORNING, night))
    provision(stack, orders, settings)
    resources = synthesized(stack)
    assert the_one(resources, "ApplicationAutoScaling::ScalableTarget")["Properties"]["ScheduledActions"] == [
        {
            "ScheduledActionName": "morning",
            "Schedule": "cron(0 8 ? * MON-FRI *)",
            "ScalableTargetAction": {"MinCapacity": 10},
        },
        {
            "ScheduledActionName": "night",
            "Schedule": "cron(0 22 * * ? *)",
            "Timezone": "Europe/Berlin",
            "ScalableTargetAction": {"MaxCapacity": 4},
        },
    ]
    assert len(of_type(resources, "ApplicationAutoScaling::ScalingPolicy")) == (tracking is not None)


def test_executions_are_the_minimum_where_none_is_given(stack, orders):
    provision(stack, orders, ProvisionedSettings(executions=3, maximum=9, tracking=UtilizationTracking()))
    target = the_one(synthesized(stack), "ApplicationAutoScaling::ScalableTarget")["Properties"]
    assert target["MinCapacity"] == 3


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"executions": 0, "minimum": None}, "executions is 0; allowed: 1 or more"),
        ({"minimum": 21}, "minimum 21 is above maximum 20"),
        ({"executions": 1}, "executions is 1, outside of minimum 2 … maximum 20: scaling would change at once"),
        ({"minimum": 0}, "minimum is 0: scaled to nothing, the next deployment fails with Provisioned"),
        ({"maximum": None}, "maximum is needed where tracking or schedules scale"),
        ({"tracking": None}, "minimum and maximum bound a scaling that is not there"),
        ({"tracking": UtilizationTracking(target_ratio=0.09)}, "tracking.target_ratio is 0.09; allowed: 0.1 … 0.9"),
        ({"tracking": UtilizationTracking(target_ratio=0.91)}, "tracking.target_ratio is 0.91; allowed: 0.1 … 0.9"),
        ({"tracking": UtilizationTracking(target_ratio=70)}, "tracking.target_ratio is 70; allowed: 0.1 … 0.9"),
        ({"tracking": UtilizationTracking(statistic="Sum")}, "statistic is 'Sum'; allowed: Maximum, Average"),
        ({"tracking": UtilizationTracking(scale_in_cooldown_s=-1)}, "scale_in_cooldown_s is -1; allowed: 0 or more"),
        ({"schedules": (CapacitySchedule(name="a", when="rate(1 day)", minimum=0),)}, "schedule a goes down to 0"),
        ({"schedules": (CapacitySchedule(name="a", when="rate(1 day)", maximum=0),)}, "schedule a goes down to 0"),
        ({"schedules": (CapacitySchedule(name="a", when="rate(1 day)"),)}, "schedule a needs a minimum, a maximum or"),
        ({"schedules": (CapacitySchedule(name="a", when="0 8 * * *", minimum=1),)}, "allowed: cron(…), rate(…), at(…)"),
        (
            {"schedules": (CapacitySchedule(name="a", when="rate(1 day)", minimum=5, maximum=4),)},
            "schedule a: minimum 5 is above maximum 4",
        ),
        ({"schedules": (MORNING, MORNING)}, "schedules have the names morning, morning; each needs its own"),
    ],
)
def test_numbers_that_auto_scaling_refuses_are_refused_with_the_path(stack, orders, change, sentence):
    provision(stack, orders, msgspec.structs.replace(SCALED, **change))
    found = refused(stack)
    assert {path for path, _ in found} == {"Shop/Provisioned"}
    assert any(sentence in said for _, said in found), found


def test_provisioned_above_reserved_is_refused(stack, orders):
    provision(stack, orders, ProvisionedSettings(executions=6))
    reserve(stack, orders, 5)
    assert refused(stack) == [
        ("Shop/Provisioned", "executions, 6, is above the function's reserved concurrency of 5"),
    ]


def test_all_of_what_is_reserved_may_be_provisioned(stack, orders):
    provision(stack, orders, ProvisionedSettings(executions=5))
    reserve(stack, orders, 5)
    assert the_one(synthesized(stack), "Lambda::Function")["Properties"]["ReservedConcurrentExecutions"] == 5


@pytest.mark.parametrize(
    "scaled",
    [
        msgspec.structs.replace(SCALED, maximum=50),
        msgspec.structs.replace(
            SCALED, schedules=(CapacitySchedule(name="sale", when="at(2026-11-27T08:00:00)", maximum=50),)
        ),
    ],
    ids=["tracking", "schedule"],
)
def test_scaling_above_reserved_is_refused(stack, orders, scaled):
    reserve(stack, orders, 20)
    provision(stack, orders, scaled)
    assert refused(stack) == [
        ("Shop/Provisioned", "the maximum of scaling, 50, is above the function's reserved concurrency of 20"),
    ]


def alias_of(stack, version, **more):
    return cdk.aws_lambda.Alias(stack, "Next", alias_name="next", version=version, **more)


def test_what_other_aliases_have_counts(stack, orders):
    new = cdk.aws_lambda.Version(stack, "New", lambda_=orders.function)
    alias_of(stack, new, provisioned_concurrent_executions=3)
    reserve(stack, orders, 5)
    provision(stack, orders, ProvisionedSettings(executions=4))
    assert refused(stack) == [
        (
            "Shop/Provisioned",
            "executions, 4 beside 3 on other aliases, is above the function's reserved concurrency of 5",
        )
    ]


def test_two_aliases_of_one_version_are_refused(stack, orders):
    alias_of(stack, orders.version, provisioned_concurrent_executions=3)
    provision(stack, orders)
    assert refused(stack) == [
        ("Shop/Provisioned", "Shop/Next provisions the same version; Lambda lets one alias of it")
    ]


def test_what_only_a_deployment_knows_is_not_judged(stack, orders):
    parameter = cdk.CfnParameter(stack, "Reserve", type="Number", default=100)
    orders.function.node.default_child.reserved_concurrent_executions = parameter.value_as_number
    provision(stack, orders)
    function = the_one(synthesized(stack), "Lambda::Function")["Properties"]
    assert function["ReservedConcurrentExecutions"] == {"Ref": "Reserve"}


def test_latest_is_refused(stack, orders):
    alias = cdk.aws_lambda.Alias(stack, "Newest", alias_name="newest", version=orders.function.latest_version)
    ProvisionedConcurrency(stack, "Provisioned", alias=alias, settings=SCALED)
    assert refused(stack) == [
        ("Shop/Provisioned", "Shop/Newest leads to $LATEST, which cannot be provisioned; lead it to a version")
    ]


def test_a_weighted_alias_is_refused(stack, orders):
    old = cdk.aws_lambda.Version.from_version_arn(stack, "Old", f"{orders.function.function_arn}:7")
    weights = [cdk.aws_lambda.VersionWeight(version=old, weight=0.1)]
    alias = cdk.aws_lambda.Alias(
        stack, "Split", alias_name="split", version=orders.version, additional_versions=weights
    )
    ProvisionedConcurrency(stack, "Provisioned", alias=alias, settings=SCALED)
    ((path, said),) = refused(stack)
    assert path == "Shop/Provisioned"
    assert said.startswith("Shop/Split has weights, and so cannot be provisioned")


def test_snapstart_is_refused(stack, settings):
    orders = TunedFunction(stack, "Orders", settings=msgspec.structs.replace(settings, has_snap_start=True))
    provision(stack, orders)
    assert refused(stack) == [
        (
            "Shop/Provisioned",
            "Shop/Orders/Function has SnapStart, which excludes provisioned concurrency; choose one",
        )
    ]


def test_to_provision_an_alias_twice_is_refused(stack, orders):
    provision(stack, orders)
    ProvisionedConcurrency(stack, "Again", alias=orders.alias, settings=SCALED)
    assert refused(stack) == [("Shop/Again", "Shop/Orders/Alias has provisioned concurrency already")]


def test_an_alias_of_another_app_is_refused_at_once(stack):
    arn = "arn:aws:lambda:eu-central-1:123456789012:function:old"
    function = cdk.aws_lambda.Function.from_function_arn(stack, "Old", arn)
    with pytest.raises(ValueError, match="Shop/Old is not made by this app"):
        ReservedConcurrency(stack, "Reserved", function=function, executions=5)


@pytest.mark.parametrize("executions", [0, -1])
def test_to_reserve_nothing_is_refused(stack, orders, executions):
    reserve(stack, orders, executions)
    assert refused(stack) == [
        ("Shop/Reserved", f"executions is {executions}, which throttles every invocation; allowed: 1 or more")
    ]


def test_the_functions_of_an_app_fit_into_the_quota_of_the_account(stack, settings):
    orders, invoices, reports = (TunedFunction(stack, name, settings=settings) for name in ("O", "I", "R"))
    reserve(stack, orders, 60, account_concurrency=200)
    ReservedConcurrency(stack, "Second", function=invoices.function, executions=30, account_concurrency=200)
    provision(stack, reports, ProvisionedSettings(executions=10))
    assert len(of_type(synthesized(stack), "Lambda::Function")) == 3


def test_more_than_the_quota_leaves_is_refused(stack, settings):
    orders, invoices, reports = (TunedFunction(stack, name, settings=settings) for name in ("O", "I", "R"))
    reserve(stack, orders, 60, account_concurrency=200)
    ReservedConcurrency(stack, "Second", function=invoices.function, executions=30)
    provision(stack, reports, ProvisionedSettings(executions=11))
    assert refused(stack) == [
        (
            "Shop/Reserved",
            "the app claims 101 of the account's 200 concurrent executions "
            "(Shop/O/Function 60, Shop/I/Function 30, Shop/R/Function 11); allowed: 100, for 100 stay unreserved",
        )
    ]


def test_other_accounts_and_regions_have_quotas_of_their_own(stack, settings):
    orders = TunedFunction(stack, "Orders", settings=settings)
    reserve(stack, orders, 100, account_concurrency=200)
    environment = cdk.Environment(account="123456789012", region="eu-central-1")
    elsewhere = cdk.Stack(cdk.App.of(stack), "Elsewhere", env=environment)
    far = TunedFunction(elsewhere, "Orders", settings=settings)
    ReservedConcurrency(elsewhere, "Reserved", function=far.function, executions=100, account_concurrency=200)
    assert len(of_type(synthesized(stack), "Lambda::Function")) == 1
