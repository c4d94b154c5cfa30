"""Edits of templates: what is wanted is changed, and not one character beside it."""

import json
from textwrap import dedent

import pytest

from headstart.audit.fix.template_text import edited
from headstart.audit.fix.yaml_nodes import compose, plain
from headstart.errors import EditError
from headstart.model.finding import RemoveProperty, SetProperty

TEMPLATE = dedent("""\
    # The shop.
    Resources:
      Orders:   # takes orders
        Type: AWS::Lambda::Function
        Properties:
          MemorySize: 128   # small
          Handler: 'app.handler'
          Code: {S3Bucket: code, S3Key: "orders.zip"}
          Environment:
            Variables:
              TABLE: !Ref Table
          Layers:
            - !Ref One
          Role: !GetAtt
            - Role
            - Arn

      Alarm:
        Type: AWS::CloudWatch::Alarm
        Properties:
          Dimensions:
          - Name: FunctionName
            Value: orders
          - Name: Resource
            Value: orders:live
          Period: 60
      Bare:
        Type: AWS::SQS::Queue
    """)


def to_set(id_: str, *path: str | int, value: object) -> SetProperty:
    return SetProperty(file="template.yaml", id=id_, path=path, value=value)


def to_remove(id_: str, *path: str | int) -> RemoveProperty:
    return RemoveProperty(file="template.yaml", id=id_, path=path)


@pytest.mark.parametrize(
    ("edit", "before", "after"),
    [
        (to_set("Orders", "MemorySize", value=256), "MemorySize: 128   # small", "MemorySize: 256   # small"),
        (to_set("Orders", "Handler", value="app.main"), "'app.handler'", "'app.main'"),
        (to_set("Orders", "Code", "S3Key", value="b.zip"), '"orders.zip"', '"b.zip"'),
        (to_set("Orders", "Code", "Version", value="1"), 'Key: "orders.zip"}', 'Key: "orders.zip", Version: "1"}'),
        (
            to_set("Orders", "Timeout", value=30),
            "        - Role\n        - Arn\n",
            "        - Role\n        - Arn\n      Timeout: 30\n",
        ),
        (
            to_set("Orders", "Environment", "Variables", "MODE", value="a: b"),
            "TABLE: !Ref Table\n",
            'TABLE: !Ref Table\n          MODE: "a: b"\n',
        ),
        (
            to_set("Alarm", "Dimensions", 1, "Value", value="orders:canary"),
            "Value: orders:live",
            'Value: "orders:canary"',
        ),
        (
            to_set("Alarm", "OKActions", value=[{"Ref": "Topic"}]),
            "Period: 60\n",
            "Period: 60\n      OKActions:\n        - Ref: Topic\n",
        ),
        (to_set("Alarm", "Period", value=None), "Period: 60", "Period: null"),
        (
            to_set("Bare", "RedrivePolicy", "maxReceiveCount", value=5),
            "Type: AWS::SQS::Queue\n",
            "Type: AWS::SQS::Queue\n    Properties:\n      RedrivePolicy:\n        maxReceiveCount: 5\n",
        ),
        (
            SetProperty(file="t", id="Bare", path=(), value="Retain", section="DeletionPolicy"),
            "Type: AWS::SQS::Queue\n",
            "Type: AWS::SQS::Queue\n    DeletionPolicy: Retain\n",
        ),
        (to_set("Orders", "Layers", 1, value="arn:b"), "- !Ref One\n", '- !Ref One\n        - "arn:b"\n'),
        (
            to_set("Orders", "Environment", value={"Variables": {"A": "1", "B": ["x"]}}),
            "Environment:\n        Variables:\n          TABLE: !Ref Table\n",
            'Environment:\n        Variables:\n          A: "1"\n          B:\n            - x\n',
        ),
        (to_remove("Orders", "MemorySize"), "      MemorySize: 128   # small\n", ""),
        (to_remove("Orders", "Code", "S3Bucket"), "{S3Bucket: code, S3Key", "{S3Key"),
        (to_remove("Orders", "Code", "S3Key"), ', S3Key: "orders.zip"}', "}"),
        (
            to_remove("Alarm", "Dimensions", 0),
            "      - Name: FunctionName\n        Value: orders\n",
            "",
        ),
        (
            to_remove("Orders", "Environment", "Variables", "TABLE"),
            "Variables:\n          TABLE: !Ref Table\n",
            "Variables: {}\n",
        ),
        (
            to_remove("Alarm", "Dimensions", 0, "Name"),
            "- Name: FunctionName\n        Value: orders\n",
            "- Value: orders\n",
        ),
    ],
    ids=str,
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_one_property_changes_and_no_other_character(edit, before, after, line_end):
    assert TEMPLATE.count(before) == 1
    text = TEMPLATE.replace("\n", line_end)
    wanted = TEMPLATE.replace(before, after).replace("\n", line_end)
    new = edited(text, edit)
    assert new == wanted
    if not (isinstance(edit, RemoveProperty) and edit.path[-1] == 0):  # the next item has that place now
        assert edited(new, edit) == new, "the second time there is nothing to do"


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (to_set("Gone", "Timeout", value=3), "Gone is not in it"),
        (to_set("Orders", "Role", "Arn", value="x"), "!GetAtt stands there"),
        (to_set("Orders", "Environment", "Variables", "TABLE", value="x"), "comes from !Ref"),
        (to_set("Orders", "Handler", "Deep", value="x"), "no place"),
        (to_set("Orders", "MemorySize", value=object()), "cannot be written"),
    ],
    ids=str,
)
def test_what_cannot_be_changed_is_refused(edit, said):
    with pytest.raises(EditError, match=said):
        edited(TEMPLATE, edit)


def test_sam_has_its_own_names_for_some_properties():
    text = "Resources:\n  Orders:\n    Type: AWS::Serverless::Function\n    Properties:\n      Timeout: 3\n"
    assert edited(text, to_set("Orders", "Timeout", value=9)) == text.replace("3", "9")
    with pytest.raises(EditError, match="SAM says TracingConfig"):
        edited(text, to_set("Orders", "TracingConfig", "Mode", value="Active"))


def test_an_alias_is_not_what_it_stands_for():
    text = "Resources:\n  A:\n    Properties: &same\n      Timeout: 3\n  B:\n    Properties: *same\n"
    with pytest.raises(EditError):
        edited(text, to_set("A", "Timeout", value=9))


def test_a_resource_of_a_nested_stack_has_its_own_name_in_its_file():
    assert "MemorySize: 256" in edited(TEMPLATE, to_set("Shop.Orders", "MemorySize", value=256))


@pytest.mark.parametrize("indent", [1, 2, 4, "\t"])
def test_json_stays_as_it_is_indented(indent):
    content = {
        "Resources": {
            "A": {"Type": "T", "Properties": {"Timeout": 3, "Tags": [], "Map": {}}},
            "B": {"Type": "T", "Properties": {"Timeout": 3}},
        }
    }
    text = json.dumps(content, indent=indent) + "\n"
    for edit, change in (
        (to_set("A", "Timeout", value=30), lambda a: a.update(Timeout=30)),
        (to_set("A", "Env", "Variables", "X", value="1"), lambda a: a.update(Env={"Variables": {"X": "1"}})),
        (to_set("A", "Map", "K", value=[1, "b"]), lambda a: a.update(Map={"K": [1, "b"]})),
        (to_remove("A", "Tags"), lambda a: a.pop("Tags")),
        (to_remove("A", "Map"), lambda a: a.pop("Map")),
    ):
        wanted = json.loads(text)
        change(wanted["Resources"]["A"]["Properties"])
        new = edited(text, edit)
        assert json.loads(new) == wanted
        if not isinstance(edit, RemoveProperty) and edit.path != ("Map", "K"):
            assert new == json.dumps(wanted, indent=indent) + "\n"


def test_json_on_one_line_stays_on_it():
    text = '{"Resources": {"A": {"Type": "T", "Properties": {"Timeout": 3}}}}'
    assert edited(text, to_set("A", "Memory", value=1)) == text.replace("3}", '3, "Memory": 1}')
    assert edited(text, to_remove("A", "Timeout")) == text.replace('{"Timeout": 3}', "{}")


def test_two_texts_that_say_the_same_are_told_to():
    assert plain(compose("a: 1\nb: [x]")) == plain(compose('{"a": 1, "b": ["x"]}'))
    assert plain(compose("a: 1")) != plain(compose("a: '1'"))
    assert plain(compose("a: !Ref b")) != plain(compose("a: b"))
