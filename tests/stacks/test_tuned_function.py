"""TunedFunction: what it is made of, and what it refuses."""

import json
import shutil
from pathlib import Path

import msgspec
import pytest
from stacks.synthesis import as_text, of_type, refused, synthesized, the_one

from headstart.cdk import Architecture, FailedEvents, Network, TunedFunction, cdk

CHANGED = msgspec.structs.replace


def function_of(stack):
    return the_one(synthesized(stack), "Lambda::Function")["Properties"]


def test_the_function_has_what_its_settings_say(stack, settings):
    TunedFunction(stack, "Orders", settings=CHANGED(settings, environment={"TABLE": "orders"}, log_level="WARN"))
    function = function_of(stack)
    assert function["MemorySize"] == 512
    assert function["Timeout"] == 30
    assert function["Architectures"] == ["arm64"]
    assert function["Runtime"] == "python3.13"
    assert function["Handler"] == "app.handler"
    assert function["EphemeralStorage"] == {"Size": 512}
    assert function["Environment"] == {"Variables": {"TABLE": "orders"}}
    assert function["TracingConfig"] == {"Mode": "Active"}
    assert "ReservedConcurrentExecutions" not in function
    assert "SnapStart" not in function


def test_its_log_group_is_its_own_with_json_and_a_retention(stack, orders):
    resources = synthesized(stack)
    ((group_id, group),) = of_type(resources, "Logs::LogGroup").items()
    assert group["Properties"] == {"RetentionInDays": 14}
    assert the_one(resources, "Lambda::Function")["Properties"]["LoggingConfig"] == {
        "LogGroup": {"Ref": group_id},
        "LogFormat": "JSON",
        "ApplicationLogLevel": "INFO",
    }


def test_the_alias_leads_to_the_version_which_is_kept(stack, orders):
    resources = synthesized(stack)
    ((version_id, version),) = of_type(resources, "Lambda::Version").items()
    assert version["DeletionPolicy"] == version["UpdateReplacePolicy"] == "Retain"
    alias = the_one(resources, "Lambda::Alias")["Properties"]
    assert alias["FunctionVersion"] == {"Fn::GetAtt": [version_id, "Version"]}
    assert alias["Name"] == "live"
    assert "ProvisionedConcurrencyConfig" not in alias


def test_a_change_of_code_or_memory_makes_a_new_version(stack, settings, code, tmp_path):
    TunedFunction(stack, "Orders", settings=settings)
    before = set(of_type(synthesized(stack), "Lambda::Version"))
    (code / "app.py").write_text("def handler(event, context): return 1\n")
    changed = [settings, CHANGED(settings, memory_mb=1024)]
    for number, ones in enumerate(changed):
        other = cdk.Stack(cdk.App(outdir=str(tmp_path / str(number))), "Shop")
        TunedFunction(other, "Orders", settings=ones)
        before |= set(of_type(synthesized(other), "Lambda::Version"))
    assert len(before) == 3


def test_the_folder_is_shipped_but_for_bytecode_wherever_the_process_is(stack, settings, code, monkeypatch, tmp_path):
    (code / "__pycache__").mkdir()
    (code / "__pycache__/app.cpython-313.pyc").write_bytes(b"")
    (code / "prices").mkdir()
    (code / "prices/old.pyc").write_bytes(b"")
    (code / "prices/list.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    TunedFunction(stack, "Orders", settings=CHANGED(settings, code=Path(code.name)))
    synthesized(stack)
    assets = json.loads((tmp_path / "cdk.out/Shop.assets.json").read_text())["files"].values()
    (asset,) = [file["source"] for file in assets if file["source"]["packaging"] == "zip"]
    shipped = tmp_path / "cdk.out" / asset["path"]
    files = sorted(path.relative_to(shipped).as_posix() for path in shipped.rglob("*") if path.is_file())
    assert files == ["app.py", "prices/list.json"]


def test_any_code_of_the_cdk_is_taken_as_it_is(stack, settings):
    inline = cdk.aws_lambda.Code.from_inline("def handler(event, context): ...")
    TunedFunction(stack, "Orders", settings=CHANGED(settings, code=inline, handler="index.handler"))
    assert function_of(stack)["Code"] == {"ZipFile": "def handler(event, context): ..."}


def test_a_zip_is_shipped_as_it_is(stack, settings, code, tmp_path):
    archive = shutil.make_archive(str(tmp_path / "orders"), "zip", code)
    TunedFunction(stack, "Orders", settings=CHANGED(settings, code=Path(archive)))
    synthesized(stack)
    assets = json.loads((tmp_path / "cdk.out/Shop.assets.json").read_text())["files"].values()
    (asset,) = [file["source"]["path"] for file in assets if file["source"]["path"].endswith(".zip")]
    assert (tmp_path / "cdk.out" / asset).read_bytes() == Path(archive).read_bytes()


def test_a_custom_runtime_needs_no_module(stack, settings, code):
    (code / "bootstrap").write_text("#!/bin/sh\n")
    own = CHANGED(settings, runtime="provided.al2023", handler="any", architecture=Architecture.X86_64)
    TunedFunction(stack, "Orders", settings=own)
    function = function_of(stack)
    assert (function["Runtime"], function["Architectures"]) == ("provided.al2023", ["x86_64"])


def test_failed_events_are_kept_for_the_alias(stack, settings):
    failed = FailedEvents(retry_attempts=1, max_event_age_s=3600)
    orders = TunedFunction(stack, "Orders", settings=CHANGED(settings, failed_events=failed))
    resources = synthesized(stack)
    ((queue_id, queue),) = of_type(resources, "SQS::Queue").items()
    assert queue["Properties"]["MessageRetentionPeriod"] == 14 * 24 * 60 * 60
    config = the_one(resources, "Lambda::EventInvokeConfig")["Properties"]
    assert config["DestinationConfig"] == {"OnFailure": {"Destination": {"Fn::GetAtt": [queue_id, "Arn"]}}}
    assert (config["MaximumRetryAttempts"], config["MaximumEventAgeInSeconds"]) == (1, 3600)
    (alias_id,) = of_type(resources, "Lambda::Alias")
    assert config["Qualifier"] == {"Fn::Select": [7, {"Fn::Split": [":", {"Ref": alias_id}]}]}
    (policy,) = the_one(resources, "SQS::QueuePolicy")["Properties"]["PolicyDocument"]["Statement"]
    assert (policy["Effect"], policy["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert orders.failed_events is not None


def test_a_queue_of_your_own_gets_failed_events_or_dead_letters(stack, settings):
    queues = [cdk.aws_sqs.Queue(stack, name) for name in ("Failed", "Dead")]
    own = CHANGED(settings, failed_events=FailedEvents(queue=queues[0]), dead_letters=queues[1])
    TunedFunction(stack, "Orders", settings=own)
    resources = synthesized(stack)
    failed_id, dead_id = of_type(resources, "SQS::Queue")
    destination = the_one(resources, "Lambda::EventInvokeConfig")["Properties"]["DestinationConfig"]
    assert destination["OnFailure"]["Destination"] == {"Fn::GetAtt": [failed_id, "Arn"]}
    function = the_one(resources, "Lambda::Function")["Properties"]
    assert function["DeadLetterConfig"] == {"TargetArn": {"Fn::GetAtt": [dead_id, "Arn"]}}


def test_the_function_is_in_the_network_with_its_file_system(stack, settings):
    vpc = cdk.aws_ec2.Vpc(stack, "Network", max_azs=1, nat_gateways=0, subnet_configuration=[isolated()])
    group = cdk.aws_ec2.SecurityGroup(stack, "Group", vpc=vpc)
    files = cdk.aws_efs.FileSystem(stack, "Files", vpc=vpc).add_access_point("Point")
    network = Network(
        vpc=vpc,
        subnets=cdk.aws_ec2.SubnetSelection(subnet_type=cdk.aws_ec2.SubnetType.PRIVATE_ISOLATED),
        security_groups=(group,),
    )
    file_system = cdk.aws_lambda.FileSystem.from_efs_access_point(files, "/mnt/files")
    TunedFunction(stack, "Orders", settings=CHANGED(settings, network=network, file_system=file_system))
    function = function_of(stack)
    assert len(function["VpcConfig"]["SubnetIds"]) == 1
    assert len(function["VpcConfig"]["SecurityGroupIds"]) == 1
    assert function["FileSystemConfigs"][0]["LocalMountPath"] == "/mnt/files"


def isolated():
    kind = cdk.aws_ec2.SubnetType.PRIVATE_ISOLATED
    return cdk.aws_ec2.SubnetConfiguration(name="isolated", subnet_type=kind, cidr_mask=24)


def test_snapstart_is_for_published_versions(stack, settings):
    TunedFunction(stack, "Orders", settings=CHANGED(settings, has_snap_start=True))
    assert function_of(stack)["SnapStart"] == {"ApplyOn": "PublishedVersions"}


def test_its_metrics_are_those_of_the_alias(stack, orders):
    metric = stack.resolve(orders.metric("Duration", statistic="p99").to_metric_config().metric_stat)
    dimensions = {one["name"]: as_text(one["value"]) for one in metric["dimensions"]}
    function_id = dimensions["FunctionName"]
    assert dimensions["Resource"] == f"{function_id}:live"
    assert (metric["namespace"], metric["metricName"], metric["statistic"]) == ("AWS/Lambda", "Duration", "p99")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"memory_mb": 127}, "memory_mb is 127; allowed: 128 … 10,240"),
        ({"memory_mb": 10_241}, "memory_mb is 10,241; allowed: 128 … 10,240"),
        ({"timeout_s": 0}, "timeout_s is 0; allowed: 1 … 900"),
        ({"timeout_s": 901}, "timeout_s is 901; allowed: 1 … 900"),
        ({"ephemeral_storage_mb": 511}, "ephemeral_storage_mb is 511; allowed: 512 … 10,240"),
        ({"log_retention_days": 15}, "log_retention_days is 15; allowed: 1, 3, 5, 7, 14, 30,"),
        ({"log_level": "LOUD"}, "log_level is 'LOUD'; allowed: TRACE, DEBUG, INFO, WARN, ERROR, FATAL"),
        ({"runtime": "python3.9"}, "runtime is 'python3.9'; allowed: python3.10,"),
        ({"handler": "main.handler"}, "handler is 'main.handler', and"),
        ({"handler": "handler"}, "has no module.py"),
        ({"code": Path("gone")}, "code is gone, which does not exist"),
        ({"environment": {"AWS_REGION": "x"}}, "environment variable name is 'AWS_REGION'"),
        ({"environment": {"TABLE": "x" * 4096}}, "size of the environment variables is 4101"),
        ({"failed_events": FailedEvents(retry_attempts=3)}, "failed_events.retry_attempts is 3; allowed: 0 … 2"),
        ({"failed_events": FailedEvents(max_event_age_s=59)}, "failed_events.max_event_age_s is 59; allowed: 60 …"),
        ({"has_snap_start": True, "runtime": "python3.11"}, "SnapStart does not support python3.11; use python3.12,"),
        ({"has_snap_start": True, "ephemeral_storage_mb": 513}, "SnapStart does not support 513 MB of /tmp"),
    ],
)
def test_what_lambda_refuses_is_refused_with_the_path(stack, settings, change, sentence):
    TunedFunction(stack, "Orders", settings=CHANGED(settings, **change))
    ((path, said),) = refused(stack)
    assert path == "Shop/Orders"
    assert sentence in said


def test_efs_is_refused_without_a_network_and_with_snapstart(stack, settings):
    vpc = cdk.aws_ec2.Vpc(stack, "Network", max_azs=1, nat_gateways=0, subnet_configuration=[isolated()])
    files = cdk.aws_efs.FileSystem(stack, "Files", vpc=vpc).add_access_point("Point")
    file_system = cdk.aws_lambda.FileSystem.from_efs_access_point(files, "/mnt/files")
    TunedFunction(stack, "Orders", settings=CHANGED(settings, file_system=file_system, has_snap_start=True))
    assert [said for _, said in refused(stack)] == [
        "SnapStart does not support EFS; drop file_system, or has_snap_start",
        "file_system needs a network with a vpc: EFS is reached through a VPC",
    ]


def test_more_than_five_layers_are_refused(stack, settings):
    name = "arn:aws:lambda:eu-central-1:123456789012:layer:one:"
    versions = cdk.aws_lambda.LayerVersion
    layers = tuple(versions.from_layer_version_arn(stack, f"Layer{n}", f"{name}{n}") for n in range(1, 7))
    TunedFunction(stack, "Orders", settings=CHANGED(settings, layers=layers))
    assert refused(stack) == [("Shop/Orders", "layers has 6; allowed: at most 5")]


def test_everything_that_is_wrong_in_an_app_is_said_at_once(stack, settings):
    TunedFunction(stack, "Orders", settings=CHANGED(settings, memory_mb=64, timeout_s=901))
    TunedFunction(stack, "Invoices", settings=CHANGED(settings, architecture=Architecture.X86_64, runtime="python2.7"))
    assert [path for path, _ in refused(stack)] == ["Shop/Orders", "Shop/Orders", "Shop/Invoices"]
