"""Intrinsic functions, as far as a template alone allows."""

import pytest
from template_text_fixture import one, read_text, value

from headstart.errors import TemplateError
from headstart.model.infrastructure import Symbolic

SETTINGS = """
Parameters:
  Stage: {Type: String, Default: prod}
  Count: {Type: Number, Default: 3}
  Zones: {Type: CommaDelimitedList, Default: "a, b"}
  Open: {Type: String}
  Secret: {Type: String, NoEcho: true, Default: hunter2}
  Looked: {Type: "AWS::SSM::Parameter::Value<String>", Default: /app/size}
Mappings:
  Sizes: {prod: {Memory: 1024, Tags: [x, y]}, test: {Memory: 128}}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsTest: !Not [!Condition IsProd]
  IsOpen: !Equals [!Ref Open, x]
  HasSecret: !Not [!Equals [!Ref Secret, ""]]
  Three: !Equals [!Ref Count, "3"]
  Any: !Or [!Condition IsOpen, !Condition IsProd]
  All: !And [!Condition IsOpen, !Condition IsTest]
  Both: !And [!Condition IsOpen, !Condition IsProd]
"""


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("!Ref Stage", "prod"),
        ("!Ref Count", 3),
        ("!Ref Zones", ["a", "b"]),
        ("!Ref Open", Symbolic("${Open}")),
        ("!Ref Secret", Symbolic("${Secret}")),
        ("!Ref Looked", Symbolic("${Looked}")),
        ("!Ref AWS::NoValue", "(absent)"),
        ("!Ref AWS::Region", Symbolic("${AWS::Region}")),
        ('!Sub "${Stage}-${!Kept}-${Count}"', "prod-${Kept}-3"),
        ('!Sub ["${Name}/${Stage}", {Name: !Ref Queue}]',
         Symbolic("https://sqs.${AWS::Region}.${AWS::URLSuffix}/${AWS::AccountId}/${Queue}/prod", ("Queue",))),
        ('!Sub "${Orders}:7"', Symbolic("${Orders}:7", ("Orders",))),
        ('!Sub "${Orders.Arn}"', Symbolic(
            "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${Orders}", ("Orders",))),
        ('!Join ["-", [a, !Ref Stage, !Ref Count, true]]', "a-prod-3-true"),
        ('!Join [",", !Ref Zones]', "a,b"),
        ('!Join ["", [a, !Ref Orders]]', Symbolic("a${Orders}", ("Orders",))),
        ('!Split [",", "a,b"]', ["a", "b"]),
        ('!Select [1, !Split [",", "a,b"]]', "b"),
        ('!Select ["0", !Ref Zones]', "a"),
        ("!Select [0, !GetAZs us-east-1]", Symbolic("${Fn::Select}")),
        ('!Select [6, !Split [":", !Ref Live]]', Symbolic("${Orders}", ("Orders",))),
        ('!Select [7, !Split [":", !Ref Live]]', "live"),
        ('!Split [":", !GetAtt It2.Endpoint]', Symbolic("${Fn::Split}", ("It2",))),
        ('!Select [0, !Split ["-", !Select [2, !Split ["/", !Ref AWS::StackId]]]]', Symbolic("${Fn::Select}")),
        ('!Select [1, !Split ["-", !Ref AWS::Region]]', Symbolic("${Fn::Select}")),
        ('!Select [3, !Split ["/", !Ref Logs]]', Symbolic("${Fn::Select}", ("Logs",))),
        ('!Sub {"Fn::Transform": {Name: Mine}}', Symbolic("${Fn::Sub}")),
        ("!FindInMap [Sizes, !Ref Stage, Memory]", 1024),
        ("!FindInMap [Sizes, prod, Tags]", ["x", "y"]),
        ("!FindInMap [Sizes, !Ref AWS::Region, Memory]", Symbolic("${Fn::FindInMap}")),
        ("!FindInMap [Sizes, none, Memory, {DefaultValue: 7}]", 7),
        ("!If [IsProd, a, b]", "a"),
        ("!If [IsTest, a, !Ref AWS::NoValue]", "(absent)"),
        ("!If [IsOpen, a, !Ref Orders]", Symbolic("${Fn::If IsOpen}", ("Orders",))),
        ("!If [IsOpen, same, same]", "same"),
        ("!If [HasSecret, a, b]", "a"),
        ("!If [Three, a, b]", "a"),
        ("!If [Any, a, b]", "a"),
        ("!If [All, a, b]", "b"),
        ("!If [Both, a, b]", Symbolic("${Fn::If Both}")),
        ("!ImportValue net-vpc", "vpc-1"),
        ('!ImportValue {"Fn::Sub": "${Open}-vpc"}', Symbolic("${Fn::ImportValue ${Open}-vpc}")),
        ("!Base64 hi", "aGk="),
        ("!Base64 {Ref: Orders}", Symbolic("${Fn::Base64}", ("Orders",))),
        ("!Cidr [10.0.0.0/16, 2, 8]", Symbolic("${Fn::Cidr}")),
        ("!Length [1, 2]", 2),
        ("!Length {Ref: Zones}", 2),
        ("!ToJsonString {A: [1, !Ref Stage]}", '{"A":[1,"prod"]}'),
        ("!ToJsonString {A: !Ref Orders}", Symbolic('{"A":"${Orders}"}', ("Orders",))),
        ('"{{resolve:ssm:/app/size}}"', Symbolic("{{resolve:ssm:/app/size}}")),
        ('!Sub "{{resolve:secretsmanager:${Open}}}"', Symbolic("{{resolve:secretsmanager:${Open}}}")),
    ],
)  # fmt: skip
def test_a_function_gives(tmp_path, expression, expected):
    beside = "  It2: {Type: Custom::It}\n  Logs: {Type: AWS::Logs::LogGroup}"
    assert value(tmp_path, expression, before=SETTINGS, beside=beside, imports={"net-vpc": "vpc-1"}) == expected


def test_a_known_region_and_account_are_values(tmp_path):
    arn = value(tmp_path, "!GetAtt Queue.Arn", region="eu-west-1", account_id="123456789012")
    assert str(arn) == "arn:aws:sqs:eu-west-1:123456789012:${Queue}"
    sub = '!Sub "${AWS::Partition}:${AWS::Region}:${AWS::AccountId}:${AWS::URLSuffix}"'
    assert value(tmp_path, sub, region="cn-north-1", account_id="1") == "aws-cn:cn-north-1:1:amazonaws.com.cn"


def test_what_is_not_known_before_deployment_is_listed(tmp_path):
    text = """
Parameters: {Open: {Type: String}}
Conditions: {IsOpen: !Equals [!Ref Open, x]}
Transform: [MyMacro]
Surprise: {}
Resources:
  A: {Type: Custom::It, Condition: IsOpen}
  B: {Type: Custom::It, Properties: {X: !If [IsOpen, 1, 2]}}
  C: {Type: Custom::It, Properties: {"Fn::Transform": {Name: AWS::Include}, Y: 1}, Colour: red}
  D: {Type: My::Own::MODULE}
  E: {Type: Custom::It, Properties: {X: !Ref D.Bucket}}
  F: {Type: AWS::CDK::Metadata, Condition: IsOpen}
  "Fn::Transform": {Name: AWS::Include}
"""
    found = read_text(tmp_path, text)
    assert list(found.resources) == ["A", "B", "C", "D", "E", "F"]
    assert found.resources["C"].properties == {"Y": 1}
    assert found.resources["E"].get("X") == Symbolic("${D.Bucket}")
    assert {(doubt.id, doubt.place.line) for doubt in found.not_understood} == {
        ("Surprise", 5), ("Transform", 4), ("A", 7), ("B", 8), ("C", 9), ("D", 10), ("Fn::Transform", 13),
    }  # fmt: skip


def test_a_false_condition_takes_its_resource_away(tmp_path):
    text = """
Conditions: {Never: !Equals [1, 2]}
Resources:
  A: {Type: Custom::It, Condition: Never, Properties: {X: !Ref B}}
  B: {Type: Custom::It, DependsOn: A}
"""
    assert list(read_text(tmp_path, text).resources) == ["B"]


def test_a_resource_knows_what_it_reaches(tmp_path):
    it = one(tmp_path, '{A: !Ref Live, B: [!Sub "${Queue.Arn}"], C: !Select [6, !Split [":", !Ref Live]]}')
    assert it.refers_to == {"Live", "Queue"}


LOOPS = """
Transform: AWS::LanguageExtensions
Parameters: {Names: {Type: CommaDelimitedList, Default: "low-fare,high"}}
Resources:
  Fn::ForEach::Queues:
    - Name
    - !Ref Names
    - Queue&{Name}: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub "${Name}-queue", Tag: !Ref Name}}
  It:
    Type: Custom::It
    Properties:
      Fn::ForEach::Inner: [Size, [1, 2], {"Size${Size}": "${Size}"}]
"""


def test_a_loop_takes_its_collection_from_a_map(tmp_path):
    looked_up = LOOPS.replace("!Ref Names", "!FindInMap [Kinds, !Ref Stage, All]").replace(
        "Parameters: {", "Mappings: {Kinds: {prod: {All: [low, high]}}}\nParameters: {Stage: {Type: String}, "
    )
    found = read_text(tmp_path, looked_up, parameters={"Stage": "prod"})
    assert list(found.resources) == ["Queuelow", "Queuehigh", "It"]


OPEN_LOOPS = """
Transform: AWS::LanguageExtensions
Parameters: {Names: {Type: CommaDelimitedList}}
Conditions:
  Fn::ForEach::Each: [Name, !Ref Names, {"Is${Name}": !Equals [1, 1]}]
Resources:
  Fn::ForEach::Queues: [Name, !Ref Names, {"Queue${Name}": {Type: AWS::SQS::Queue}}]
  It:
    Type: Custom::It
    Properties:
      Fn::ForEach::Inner: [Size, !Ref Names, {"Size${Size}": 1}]
      Queue: !Ref QueueLow
      Inner: {"Fn::ForEach::Most": [Size, [!Ref Gone], {"Size${Size}": 1}]}
Outputs:
  Fn::ForEach::Outs: [Name, !Ref Names, {"Out${Name}": {Value: 1}}]
"""


def test_a_loop_over_what_is_not_known_is_listed(tmp_path):
    found = read_text(tmp_path, OPEN_LOOPS)
    assert list(found.resources) == ["It"]
    assert found.resources["It"].properties == {
        "Queue": Symbolic("${QueueLow}"),
        "Inner": Symbolic("${Fn::ForEach::Most}"),
    }
    listed = [(doubt.id, doubt.place.line) for doubt in found.not_understood]
    assert listed == [("Fn::ForEach::Queues", 7), ("It", 11), ("It", 13)]


def test_a_reference_may_be_computed_where_the_language_is_extended(tmp_path):
    text = """
Transform: AWS::LanguageExtensions
Parameters: {Stage: {Type: String, Default: prod}, Open: {Type: String}}
Resources:
  It: {Type: Custom::It, Properties: {X: !Ref {"Fn::Sub": "St${Part}"}, Y: !Ref {"Fn::Sub": "${Open}"}}}
"""
    text = text.replace("${Part}", "age")
    assert read_text(tmp_path, text).resources["It"].properties == {"X": "prod", "Y": Symbolic("${Ref}")}
    with pytest.raises(TemplateError, match="Ref needs a name"):
        read_text(tmp_path, text.replace("Transform: AWS::LanguageExtensions\n", ""))


def test_what_a_module_makes_is_named_after_it(tmp_path):
    text = """
Resources:
  Shop: {Type: My::Own::MODULE}
  It: {Type: Custom::It, DependsOn: ShopQueue, Properties: {X: !Ref ShopQueue, Y: !GetAtt Shop.Queue.Arn}}
"""
    it = read_text(tmp_path, text).resources["It"]
    assert it.properties == {"X": Symbolic("${ShopQueue}"), "Y": Symbolic("${Shop.Queue.Arn}")}


def test_functions_of_rules_are_no_concern_of_resources(tmp_path):
    text = "Rules: {R: {Assertions: [{Assert: !Contains [[a], a]}]}}\nResources: {It: {Type: Custom::It}}\n"
    assert list(read_text(tmp_path, text).resources) == ["It"]
    with pytest.raises(TemplateError, match="Fn::Contains is no intrinsic function"):
        read_text(tmp_path, text.replace("Custom::It", "Custom::It, Properties: {X: !Contains [[a], a]}"))


def test_loops_are_unrolled(tmp_path):
    found = read_text(tmp_path, LOOPS).resources
    assert list(found) == ["Queuelowfare", "Queuehigh", "It"]
    assert found["Queuelowfare"].properties == {"QueueName": "low-fare-queue", "Tag": "low-fare"}
    assert found["It"].properties == {"Size1": "1", "Size2": "2"}
    assert found["Queuehigh"].place.line == 8
