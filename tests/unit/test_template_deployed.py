"""Functions of what SAM and the CDK write, as projects."""

import json
from pathlib import Path
from typing import Any

import pytest

from headstart.errors import ConfigError, TemplateError
from headstart.infra.config_file import Overrides, resolve
from headstart.infra.project import Project
from headstart.infra.settings import TemplateTable
from headstart.infra.template import reader

SAM = """
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: python3.13, MemorySize: 1024, Timeout: 15, Environment: {Variables: {STAGE: test}}}
Resources:
  Shared:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: layer/, CompatibleRuntimes: [python3.13]}
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: app/
      Handler: app.handler
      Architectures: [arm64]
      AutoPublishAlias: live
      ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 2}
      Layers: [!Ref Shared]
      Environment: {Variables: {TABLE: !Ref Table}}
      Events:
        Api: {Type: HttpApi, Properties: {Path: /orders, Method: get}}
  Table:
    Type: AWS::Serverless::SimpleTable
"""


def code(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "app.py").write_text("def handler(event, context):\n    return event\n")
    return folder


def project(path: Path, function: str | None = None, *, stack: str | None = None) -> Project:
    return resolve(path, Overrides(template=TemplateTable(function=function, stack=stack)))


@pytest.fixture
def sam(tmp_path: Path) -> Path:
    code(tmp_path / "app")
    (tmp_path / "layer").mkdir()
    (tmp_path / "template.yaml").write_text(SAM)
    return tmp_path


def test_a_function_of_sam_has_its_globals(sam):
    spec = project(sam / "template.yaml").spec
    assert (spec.name, spec.handler, spec.runtime, spec.code) == ("Orders", "app.handler", "python3.13", sam / "app")
    assert (spec.memory.mb, spec.timeout_s, spec.architecture) == (1024, 15, "arm64")
    assert (spec.layers, spec.environment) == ((sam / "layer",), {"STAGE": "test", "TABLE": "Table"})


def test_sam_installs_the_requirements_beside_the_code(sam):
    assert project(sam / "template.yaml").spec.requirements is None
    (sam / "app/requirements.txt").write_text("requests\n")
    found = project(sam / "template.yaml")
    assert found.spec.requirements == sam / "app/requirements.txt"
    assert "requirements: requirements.txt, found beside the code" in found.said


def test_what_sam_has_built_is_not_installed_again(sam):
    (sam / "app/requirements.txt").write_text("requests\n")
    (sam / "app/requests-2.0.dist-info").mkdir()
    assert project(sam / "template.yaml").spec.requirements is None


EVENTS = """
      FunctionUrlConfig: {AuthType: NONE}
      Events:
        Rest: {Type: Api, Properties: {Path: /orders, Method: get}}
        Again: {Type: Api, Properties: {Path: /orders, Method: post}}
        Http: {Type: HttpApi, Properties: {Path: /orders, Method: get}}
        Sqs: {Type: SQS, Properties: {Queue: !GetAtt Queue.Arn, BatchSize: 5}}
        S3: {Type: S3, Properties: {Bucket: !Ref Bucket, Events: "s3:ObjectCreated:*"}}
        Cron: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 hour)}}
        Bus: {Type: EventBridgeRule, Properties: {Pattern: {source: [x]}}}
        Logs: {Type: CloudWatchLogs, Properties: {LogGroupName: /x, FilterPattern: ""}}
  Queue: {Type: AWS::SQS::Queue}
  Bucket: {Type: AWS::S3::Bucket}
"""


def test_every_event_of_sam_is_one_event_source_of_its_alias(sam):
    events = "      Events:\n        Api: {Type: HttpApi, Properties: {Path: /orders, Method: get}}\n"
    assert events in SAM
    (sam / "template.yaml").write_text(SAM.replace(events, EVENTS.lstrip("\n")))
    found = reader.read(sam / "template.yaml")
    assert {(source.function, source.qualifier) for source in found.event_sources} == {("Orders", "live")}
    kinds = [source.kind for source in found.event_sources]
    assert sorted(kinds) == ["events", "http-api", "logs", "rest-api", "s3", "schedule", "sqs", "url"]
    alias = found.aliases[0]
    assert (alias.function, alias.name, alias.provisioned) == ("Orders", "live", 2)
    assert alias.version in [version.resource.id for version in found.versions]


def assembly(folder: Path, **stacks: dict[str, Any]) -> Path:
    """A cdk.out folder; each function's code is the asset of its hash."""
    artifacts = {}
    for name, functions in stacks.items():
        resources, files = {}, {}
        for logical_id, properties in functions.items():
            asset = f"{name}{logical_id}".lower()
            code(folder / f"asset.{asset}")
            files[asset] = {
                "source": {"path": f"asset.{asset}", "packaging": "zip"},
                "destinations": {"here": {"bucketName": "assets", "objectKey": f"{asset}.zip"}},
            }
            resources[logical_id] = {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Code": {"S3Bucket": {"Fn::Sub": "assets-${AWS::Region}"}, "S3Key": f"{asset}.zip"},
                    "Handler": "app.handler",
                    "Runtime": "python3.13",
                    **properties,
                },
                "Metadata": {"aws:cdk:path": f"{name}/{logical_id[:-8]}/Resource"},
            }
        (folder / f"{name}.template.json").write_text(json.dumps({"Resources": resources}))
        (folder / f"{name}.assets.json").write_text(json.dumps({"version": "48.0.0", "files": files}))
        artifacts[name] = {"type": "aws:cloudformation:stack", "properties": {"templateFile": f"{name}.template.json"}}
    (folder / "manifest.json").write_text(json.dumps({"version": "48.0.0", "artifacts": artifacts}))
    (folder / "cdk.out").write_text('{"version": "48.0.0"}')
    return folder


@pytest.fixture
def cdk_out(tmp_path: Path) -> Path:
    return assembly(
        tmp_path / "cdk.out",
        Shop={"Orders1234ABCD": {"MemorySize": 512}, "Refunds5678ABCD": {}},
        Back={"Books1234ABCD": {"Timeout": 60}, "Refunds5678ABCD": {}},
    )


@pytest.mark.parametrize("asked", ["Orders1234ABCD", "Shop/Orders", "Orders"])
def test_a_function_of_the_cdk_is_found_in_any_stack_with_its_asset(cdk_out, asked):
    spec = project(cdk_out, asked).spec
    assert (spec.memory.mb, spec.code) == (512, cdk_out / "asset.shoporders1234abcd")
    assert spec.name == "Orders1234ABCD"


def test_a_stack_is_a_template_of_its_own(cdk_out):
    assert project(cdk_out / "Back.template.json", "Books1234ABCD").spec.timeout_s == 60
    assert project(cdk_out, "Refunds5678ABCD", stack="Back").spec.code.name == "asset.backrefunds5678abcd"


@pytest.mark.parametrize(
    ("function", "stack", "error", "part"),
    [
        (None, None, ConfigError, "4 functions: Orders1234ABCD, Refunds5678ABCD, Books1234ABCD"),
        ("Refunds5678ABCD", None, ConfigError, "Refunds5678ABCD is the name of Shop/Refunds, Back/Refunds"),
        ("Refunds", None, ConfigError, "Refunds is the name of Shop/Refunds, Back/Refunds"),
        ("Shop/Ordres", None, ConfigError, "no function 'Shop/Ordres'"),
        ("Orders1234ABCD", "Shopp", TemplateError, "no stack 'Shopp'"),
        ("Orders1234ABCD", "Back", ConfigError, "its functions: Books1234ABCD, Refunds5678ABCD"),
    ],
)
def test_a_choice_that_cannot_be_made_is_refused(cdk_out, function, stack, error, part):
    with pytest.raises(error) as caught:
        project(cdk_out, function, stack=stack)
    assert part in caught.value.message
    assert caught.value.hint


def test_an_asset_that_is_gone_is_refused(cdk_out):
    (cdk_out / "asset.shoporders1234abcd/app.py").unlink()
    (cdk_out / "asset.shoporders1234abcd").rmdir()
    with pytest.raises(TemplateError, match=r"asset\.shoporders1234abcd"):
        project(cdk_out, "Orders1234ABCD")


def test_what_the_cdk_ships_is_not_installed(cdk_out):
    (cdk_out / "asset.shoporders1234abcd/requirements.txt").write_text("requests\n")
    found = project(cdk_out, "Shop/Orders")
    assert found.spec.requirements is None
    assert any("shipped but not installed" in sentence for sentence in found.said)


def test_the_stacks_of_a_name_are_told_apart_where_there_are_no_construct_paths(cdk_out):
    for template in cdk_out.glob("*.template.json"):
        template.write_text(template.read_text().replace("aws:cdk:path", "else"))
    with pytest.raises(ConfigError, match=r"is in each of .*Shop\.template\.json, .*Back\.template\.json") as caught:
        project(cdk_out, "Refunds5678ABCD")
    assert caught.value.hint == "say which: --stack NAME"
