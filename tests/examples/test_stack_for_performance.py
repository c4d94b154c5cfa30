"""The course's stack for performance, defect by defect: what examples/stacks/performance_optimized synthesizes."""

import inspect
import json
from datetime import date
from typing import Any

import pytest
from examples.conftest import Database
from examples.orders_function import Orders
from examples.stacks_of_the_course import Made, dimensions_of, make, metrics_of, module

from headstart.cdk import cdk
from headstart.infra.config_file import Overrides, resolve
from headstart.infra.settings import TemplateTable
from headstart.model.runtimes import PYTHON_LIFECYCLES
from headstart_kit.postgresql_connect import read_target

APP = module("performance_optimized")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(APP.PerformanceOptimized, tmp_path_factory.mktemp("performance"))


def texts(value: Any) -> str:
    return json.dumps(value)


def ids_in(made: Made, kind: str) -> set[str]:
    return set(made.of_type(kind))


def test_d01_the_stack_is_defined_and_written(made: Made):
    assert issubclass(APP.PerformanceOptimized, cdk.Stack)
    assert "AWS::Lambda::Alias" in {resource["Type"] for resource in made.resources.values()}


def test_d02_d03_the_alias_has_provisioned_concurrency(made: Made):
    assert made.the_one("Lambda::Alias")["ProvisionedConcurrencyConfig"] == {"ProvisionedConcurrentExecutions": 5}


def test_d04_d05_scaling_tracks_a_metric_that_exists(made: Made):
    policy = made.the_one("ApplicationAutoScaling::ScalingPolicy")
    tracked = policy["TargetTrackingScalingPolicyConfiguration"]["CustomizedMetricSpecification"]
    assert (tracked["Namespace"], tracked["MetricName"]) == ("AWS/Lambda", "ProvisionedConcurrencyUtilization")


def test_d06_scaling_is_by_tracking_and_schedules_alone(made: Made):
    policies = made.of_type("ApplicationAutoScaling::ScalingPolicy").values()
    assert [policy["PolicyType"] for policy in policies] == ["TargetTrackingScaling"]
    target = made.the_one("ApplicationAutoScaling::ScalableTarget")
    assert [action["ScheduledActionName"] for action in target["ScheduledActions"]] == ["day", "night"]


def test_d07_the_target_comes_after_the_alias(made: Made):
    (alias,) = ids_in(made, "Lambda::Alias")
    assert f'{{"Ref": "{alias}"}}' in texts(made.the_one("ApplicationAutoScaling::ScalableTarget")["ResourceId"])


def test_d08_scaling_stays_below_what_is_reserved(made: Made):
    target = made.the_one("ApplicationAutoScaling::ScalableTarget")
    actions = [action["ScalableTargetAction"] for action in target["ScheduledActions"]]
    highest = max(target["MaxCapacity"], *(action["MaxCapacity"] for action in actions))
    reserved = made.function("Orders")["ReservedConcurrentExecutions"]
    assert (highest, reserved) == (15, 20)


def test_d09_the_runtime_is_not_deprecated():
    runtime = inspect.signature(APP.PerformanceOptimized.__init__).parameters["runtime"].default
    assert PYTHON_LIFECYCLES[runtime].deprecated > date(2028, 1, 1)


def test_d10_the_function_has_every_variable_that_it_reads(made: Made):
    environment = {name: texts(value) for name, value in made.function("Orders")["Environment"]["Variables"].items()}
    target = read_target(None, prefix=None, environ=environment | {"PGPORT": "5432"})
    assert {"host", "port", "dbname", "user", "password"} == target.keys()
    assert '"rediss://"' in environment["REDIS_URL"]
    (bucket,) = ids_in(made, "S3::Bucket")
    assert environment["RECEIPTS_BUCKET"] == f'{{"Ref": "{bucket}"}}'
    assert "{{resolve:secretsmanager:" in environment["PGPASSWORD"]


def test_d10_the_values_of_the_template_are_those_that_run(made: Made):
    project = resolve(made.folder, Overrides(template=TemplateTable(function="Orders")))
    declared = made.function("Orders")
    assert (project.spec.memory.mb, project.spec.timeout_s) == (declared["MemorySize"], declared["Timeout"])
    assert project.spec.environment["CACHE_TTL_S"] == declared["Environment"]["Variables"]["CACHE_TTL_S"]
    assert project.open_variables == {"PGHOST", "PGPORT", "PGPASSWORD", "REDIS_URL"}


def test_d11_the_package_has_what_the_function_imports(made: Made):
    code = made.code(made.function("Orders"))
    (driver,) = code.glob("psycopg2/_psycopg.*.so")
    assert "aarch64" in driver.name
    assert (code / "headstart_kit/redis_cache_client.py").is_file()
    assert (code / "app.py").is_file()


def test_d12_the_function_is_in_the_network_of_its_servers(made: Made):
    network = made.function("Orders")["VpcConfig"]
    assert len(network["SubnetIds"]) == 2
    (group,) = (each["Fn::GetAtt"][0] for each in network["SecurityGroupIds"])
    lets_in = made.of_type("EC2::SecurityGroupIngress").values()
    assert len(lets_in) == 2
    assert all(rule["SourceSecurityGroupId"] == {"Fn::GetAtt": [group, "GroupId"]} for rule in lets_in)
    assert made.the_one("EC2::VPCEndpoint")["VpcEndpointType"] == "Gateway"
    assert not made.of_type("EC2::NatGateway")


def test_d13_what_is_reserved_warms_nothing_and_something_is_provisioned(made: Made):
    provisioned = made.the_one("Lambda::Alias")["ProvisionedConcurrencyConfig"]["ProvisionedConcurrentExecutions"]
    assert 0 < provisioned < made.function("Orders")["ReservedConcurrentExecutions"]


def test_d14_scaling_goes_down_again(made: Made):
    policy = made.the_one("ApplicationAutoScaling::ScalingPolicy")["TargetTrackingScalingPolicyConfiguration"]
    assert policy.get("DisableScaleIn", False) is False
    night = made.the_one("ApplicationAutoScaling::ScalableTarget")["ScheduledActions"][-1]["ScalableTargetAction"]
    assert night == {"MinCapacity": 2, "MaxCapacity": 5}


def test_d15_one_policy_scales_and_looks_at_utilization(made: Made):
    policy = made.the_one("ApplicationAutoScaling::ScalingPolicy")
    assert "Utilization" in texts(policy)
    assert "Invocations" not in texts(policy)


def test_d16_scaling_sees_the_peak_of_a_minute(made: Made):
    policy = made.the_one("ApplicationAutoScaling::ScalingPolicy")
    tracked = policy["TargetTrackingScalingPolicyConfiguration"]["CustomizedMetricSpecification"]
    assert (tracked["Statistic"], dimensions_of(tracked)) == ("Maximum", {"FunctionName", "Resource"})


def test_d17_scaling_has_the_role_that_comes_with_the_service(made: Made):
    assert "RoleARN" not in made.the_one("ApplicationAutoScaling::ScalableTarget")
    assert "application-autoscaling" not in texts(made.of_type("IAM::Role"))


def test_d18_a_version_stays_when_the_next_one_comes(made: Made):
    (version,) = (each for each in made.resources.values() if each["Type"] == "AWS::Lambda::Version")
    assert (version["DeletionPolicy"], version["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_d19_logs_traces_architecture_and_failed_events_are_said(made: Made):
    function = made.function("Orders")
    assert function["Architectures"] == ["arm64"]
    assert function["TracingConfig"] == {"Mode": "Active"}
    assert function["LoggingConfig"]["LogFormat"] == "JSON"
    assert made.the_one("Logs::LogGroup")["RetentionInDays"] == 14
    assert "OnFailure" in made.the_one("Lambda::EventInvokeConfig")["DestinationConfig"]


def test_d20_the_stack_watches_itself_and_takes_bad_versions_back(made: Made):
    assert made.alarms(metric="ProvisionedConcurrencySpilloverInvocations")
    group = made.the_one("CodeDeploy::DeploymentGroup")
    assert group["AutoRollbackConfiguration"]["Events"] == ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"]
    assert len(group["AlarmConfiguration"]["Alarms"]) == 4
    (alias,) = ids_in(made, "Lambda::Alias")
    assert "CodeDeployLambdaAliasUpdate" in made.resources[alias]["UpdatePolicy"]
    shown = texts(made.the_one("CloudWatch::Dashboard")["DashboardBody"])
    assert "ProvisionedConcurrencyUtilization" in shown


def test_d21_what_is_provisioned_has_its_clients_before_the_first_request(
    orders_environment: dict[str, str], database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "provisioned-concurrency")
    function = Orders()
    try:
        assert database.connections() == ["idle"]
        assert function({"action": "fetch_data", "key": "ink-blue"})["price_cents"] == 590
        assert database.connections() == ["idle"]
    finally:
        function.close()


def test_d40_a_new_version_has_an_alarm_of_its_own(made: Made):
    (alarm,) = (each for id_, each in made.alarms().items() if id_.startswith("DeploymentNewVersionErrors"))
    assert all(dimensions_of(metric) == {"FunctionName", "Resource", "ExecutedVersion"} for metric in metrics_of(alarm))
