"""Nested stacks: their resources by ``Nested.Id``, parameters passed in, outputs passed out."""

import re

import pytest
from template_text_fixture import read_text

from headstart.errors import TemplateError
from headstart.model.infrastructure import Symbolic

PARENT = """
Parameters: {Stage: {Type: String, Default: prod}}
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Inner:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: inner/child.yaml
      Parameters: {Stage: !Ref Stage, QueueArn: !GetAtt Queue.Arn, Memory: "512"}
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: !GetAtt Inner.Outputs.Name
      Namespace: AWS/Lambda
      MetricName: Errors
      Dimensions: [{Name: FunctionName, Value: !GetAtt Inner.Outputs.Orders}]
"""

CHILD = """
Parameters:
  Stage: {Type: String}
  QueueArn: {Type: String}
  Memory: {Type: Number, Default: 128}
  Secret: {Type: String, NoEcho: true}
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      Code: code
      MemorySize: !Ref Memory
      Environment: {Variables: {QUEUE: !Ref QueueArn, SECRET: !Ref Secret}}
  V1: {Type: AWS::Lambda::Version, DependsOn: Orders, Properties: {FunctionName: !Ref Orders}}
Outputs:
  Orders: {Value: !Ref Orders}
  Name: {Value: !Sub "orders-${Stage}"}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "inner" / "code").mkdir(parents=True)
    (tmp_path / "inner" / "child.yaml").write_text(CHILD)
    return tmp_path


def test_resources_parameters_and_outputs_cross_the_border(folder):
    found = read_text(folder, PARENT)
    assert list(found.resources) == ["Queue", "Inner", "Inner.Orders", "Inner.V1", "Alarm"]
    orders = found.resources["Inner.Orders"]
    assert orders.place.file == str(folder / "inner" / "child.yaml")
    assert orders.get("MemorySize") == 512
    assert orders.metadata["headstart:code"] == str(folder / "inner" / "code")
    assert orders.refers_to == {"Queue"}
    variables = orders.get("Environment", "Variables")
    assert variables["QUEUE"].refers_to == ("Queue",)
    assert variables["SECRET"] == Symbolic("${Inner.Secret}")
    version = found.resources["Inner.V1"]
    assert (version.depends_on, version.get("FunctionName")) == (
        {"Inner.Orders"},
        Symbolic("${Inner.Orders}", ("Inner.Orders",)),
    )
    alarm = found.resources["Alarm"]
    assert alarm.get("AlarmName") == "orders-prod"
    assert alarm.refers_to == {"Inner", "Inner.Orders"}
    assert found.alarms[0].function == "Inner.Orders"


def test_a_template_that_is_elsewhere_is_listed(folder):
    found = read_text(folder, PARENT.replace("inner/child.yaml", "https://s3.amazonaws.com/bucket/child.yaml"))
    assert [(doubt.id, doubt.place.line) for doubt in found.not_understood] == [("Inner", 8)]
    assert found.resources["Alarm"].get("AlarmName") == Symbolic("${Inner.Outputs.Name}", ("Inner",))


@pytest.mark.parametrize("name", ["gone.yaml", "x" * 300])
def test_a_template_that_is_missing_is_listed(folder, name):
    found = read_text(folder, PARENT.replace("inner/child.yaml", name))
    (doubt,) = found.not_understood
    assert (doubt.id, doubt.place.line) == ("Inner", 8)
    assert doubt.what == f"its template is {folder / name}, which does not exist"


def test_parameters_that_are_not_known_stay_open(folder):
    text = PARENT.replace("Resources:", "Conditions: {Open: !Equals [!Ref AWS::Region, x]}\nResources:", 1)
    found = read_text(folder, re.sub(r"(\{Stage: .*\"512\"\})", r"!If [Open, \1, {Stage: x}]", text))
    assert "Parameters are known only after deployment" in [doubt.what for doubt in found.not_understood]
    assert "Inner.Orders" in found.resources


def test_sam_applications_are_nested_stacks(folder):
    text = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Inner:
    Type: AWS::Serverless::Application
    Properties: {Location: inner/child.yaml, Parameters: {Stage: x, QueueArn: y}}
"""
    found = read_text(folder, text)
    assert list(found.resources) == ["Inner", "Inner.Orders", "Inner.V1"]
    assert found.resources["Inner.Orders"].get("MemorySize") == 128


def test_nested_stacks_may_use_each_others_outputs_in_any_order(folder):
    (folder / "taker.yaml").write_text(
        "Parameters: {Name: {Type: String}}\nResources:\n  It: {Type: Custom::It, Properties: {X: !Ref Name}}\n"
    )
    taker = """
  Taker:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: taker.yaml, Parameters: {Name: !GetAtt Inner.Outputs.Name}}
"""
    found = read_text(folder, PARENT.replace("Resources:\n", f"Resources:\n{taker}"))
    assert found.resources["Taker.It"].get("X") == "orders-prod"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Inner.Outputs.Name", "Inner.Outputs.Nam", "Inner has no output 'Nam'"),
        ("Memory:", "Memori:", "child.yaml: it has no parameter Memori"),
        ("inner/child.yaml", "template.yaml", "it has no parameter QueueArn"),
        ("{Stage: !Ref Stage, QueueArn", "{Stage: !GetAtt Inner.Outputs.Name, QueueArn", "need each other in a circle"),
        ("{Type: AWS::SQS::Queue}", "{Type: AWS::SQS::Queue, DependsOn: Alarm}",
         "in a circle: Queue -> Alarm -> Inner"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(folder, old, new, message):
    with pytest.raises(TemplateError) as refused:
        read_text(folder, PARENT.replace(old, new))
    assert message in refused.value.message
    assert refused.value.hint


def test_a_stack_in_itself_is_refused(tmp_path):
    text = "Resources:\n  Me: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: template.yaml}}\n"
    with pytest.raises(TemplateError, match="nested more than 10 deep"):
        read_text(tmp_path, text)
