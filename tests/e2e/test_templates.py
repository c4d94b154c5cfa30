"""A function of a template on the engine, at the template's memory, timeout, environment and package."""

import json
from pathlib import Path

import pytest
from e2e.test_cli import headstart

FUNCTION = """
import os

import shared


def handler(event, context):
    return {
        "event": event,
        "memory_mb": context.memory_limit_in_mb,
        "has_time": 20_000 < context.get_remaining_time_in_millis() <= 25_000,
        "name": context.function_name,
        "table": os.environ["TABLE"],
        "shared": shared.WORD,
    }
"""
EXPECTED = {"event": {}, "memory_mb": "640", "has_time": True, "name": "Orders", "table": "Table", "shared": "layer"}

CLOUDFORMATION = """
Parameters:
  Memory: {Type: Number, Default: 640}
Resources:
  Table: {Type: AWS::DynamoDB::Table, Properties: {}}
  Shared: {Type: AWS::Lambda::LayerVersion, Properties: {Content: layer}}
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      Code: app
      Handler: app.handler
      Runtime: python3.11
      MemorySize: !Ref Memory
      Timeout: 25
      Layers: [!Ref Shared]
      Environment: {Variables: {TABLE: !Ref Table}}
"""
SAM = """
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: python3.11, MemorySize: 640, Timeout: 25}
Resources:
  Table: {Type: AWS::Serverless::SimpleTable}
  Shared: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layer}}
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: app
      Handler: app.handler
      Layers: [!Ref Shared]
      Environment: {Variables: {TABLE: !Ref Table}}
"""
STACK = {
    "Resources": {
        "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {}},
        "Shared": {
            "Type": "AWS::Lambda::LayerVersion",
            "Properties": {"Content": {"S3Bucket": "assets", "S3Key": "bbb.zip"}},
        },
        "Orders": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Code": {"S3Bucket": {"Fn::Sub": "assets-${AWS::Region}"}, "S3Key": "aaa.zip"},
                "Handler": "app.handler",
                "Runtime": "python3.11",
                "MemorySize": 640,
                "Timeout": 25,
                "Layers": [{"Ref": "Shared"}],
                "Environment": {"Variables": {"TABLE": {"Ref": "Table"}}},
            },
        },
        "Notify": {
            "Type": "AWS::Lambda::Function",
            "Properties": {"Code": {"ZipFile": "…"}, "Handler": "index.handler", "Runtime": "nodejs22.x"},
        },
    }
}


def package(app: Path, layer: Path) -> None:
    app.mkdir(parents=True)
    (app / "app.py").write_text(FUNCTION)
    (layer / "python").mkdir(parents=True)
    (layer / "python/shared.py").write_text('WORD = "layer"\n')


def cloudformation(folder: Path) -> str:
    package(folder / "app", folder / "layer")
    (folder / "template.yaml").write_text(CLOUDFORMATION)
    return "template.yaml"


def sam(folder: Path) -> str:
    package(folder / "app", folder / "layer")
    (folder / "template.yaml").write_text(SAM)
    return "template.yaml"


def cdk_out(folder: Path) -> str:
    out = folder / "cdk.out"
    package(out / "asset.aaa", out / "asset.bbb")
    (out / "Shop.template.json").write_text(json.dumps(STACK))
    files = {
        name: {
            "source": {"path": f"asset.{name}", "packaging": "zip"},
            "destinations": {"here": {"bucketName": "assets", "objectKey": f"{name}.zip"}},
        }
        for name in ("aaa", "bbb")
    }
    (out / "Shop.assets.json").write_text(json.dumps({"version": "48.0.0", "files": files}))
    stack = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "Shop.template.json"}}
    (out / "manifest.json").write_text(json.dumps({"version": "48.0.0", "artifacts": {"Shop": stack}}))
    (out / "cdk.out").write_text('{"version": "48.0.0"}')
    return "cdk.out"


@pytest.mark.parametrize("write", [cloudformation, sam, cdk_out])
def test_a_function_runs_at_the_settings_of_its_template(tmp_path: Path, write):
    done = headstart("invoke", write(tmp_path), "--function", "Orders", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == EXPECTED
    assert "\tMemory Size: 640 MB\t" in done.stderr
    assert "headstart: environment: TABLE: known only after deployment" in done.stderr


def test_parameters_come_from_flags_and_files_and_other_flags_win(tmp_path: Path):
    template = cloudformation(tmp_path)
    (tmp_path / "dev.json").write_text('[{"ParameterKey": "Memory", "ParameterValue": "768"}]')
    from_file = headstart("invoke", template, "--parameters", "dev.json", folder=tmp_path)
    by_flag = headstart(
        "invoke", template, "--parameters", "dev.json", "--parameter", "Memory=896", "--env", "TABLE=x", folder=tmp_path
    )
    assert (json.loads(from_file.stdout)["memory_mb"], json.loads(by_flag.stdout)["memory_mb"]) == ("768", "896")
    assert json.loads(by_flag.stdout)["table"] == "x"


@pytest.mark.slow
def test_a_function_of_a_template_is_explained(tmp_path: Path):
    words = ("check", cdk_out(tmp_path), "--function", "Orders", "--runs", "1", "--json", "-")
    done = headstart(*words, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    function = json.loads(done.stdout)["function"]
    assert (function["name"], function["memory_mb"], function["timeout_s"]) == ("Orders", 640, 25)


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (
            ["--function", "Order"],
            ["no function 'Order'; its functions: Orders", "hint: did you mean --function Orders"],
        ),
        (["--parameter", "Memory"], ["--parameter is 'Memory'; needed: NAME=VALUE", "hint: --parameter Memory="]),
        (["--parameter", "Memry=1"], ["no parameter Memry", "hint: did you mean Memory?"]),
        (["--import", "x"], ["--import is 'x'; needed: NAME=VALUE"]),
        (["--parameters", "gone.json"], ["gone.json: no such file"]),
        (["--parameters", "bad.json"], ["bad.json:2:", "parameter Memory is no text"]),
        (["--parameter", "Memory=64"], ["memory_mb is 64; allowed: 128 … 10240"]),
        (["--stack", "Shop"], ["stack is 'Shop', and template.yaml is one template", "hint: give the cdk.out folder"]),
    ],
)
def test_a_wrong_flag_is_refused(tmp_path: Path, words: list[str], parts: list[str]):
    template = cloudformation(tmp_path)
    (tmp_path / "bad.json").write_text('{\n"Memory": {"a": [1]}}')
    done = headstart("invoke", template, *words, folder=tmp_path)
    assert done.returncode == 2
    assert [part for part in parts if part not in done.stderr] == []
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Resources:\n  A: [", ["template.yaml:2"]),
        ("Resources:\n  A:\n    Type: AWS::SNS::Topic\n    Properties: {X: !Rof B}", ["template.yaml:4"]),
        (
            "Resources:\n  A:\n    Type: AWS::SNS::Topic\n    DependsOn: A\n",
            ["template.yaml:2", "circle: A -> A"],
        ),
        (CLOUDFORMATION, ["template.yaml:15", "the content of a layer of Orders, layer, does not exist"]),
        (
            CLOUDFORMATION.replace("      Layers: [!Ref Shared]\n", ""),
            ["template.yaml:10", "Orders cannot run here: its code, app, does not exist"],
        ),
    ],
)
def test_a_template_that_cannot_be_read_exits_2_with_its_file_and_line(tmp_path: Path, text: str, parts: list[str]):
    (tmp_path / "template.yaml").write_text(text)
    done = headstart("check", "template.yaml", folder=tmp_path)
    assert done.returncode == 2
    assert [part for part in [*parts, "hint: "] if part not in done.stderr] == []
    assert "Traceback" not in done.stderr
