"""YAML and JSON: the same values, the right places."""

import json

import pytest
from template_text_fixture import read_text

from headstart.infra.template.document import read_document
from headstart.infra.template.yaml_text import plain_scalar
from headstart.model.infrastructure import Place

YAML = """Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      MemorySize: 512
      Environment:
        Variables: {STAGE: "prod", SIZE: 7}
      Tags:
        - Key: team
          Value: orders
"""


def test_a_property_stands_at_its_key_and_an_item_where_it_begins(tmp_path):
    orders = read_text(tmp_path, YAML).resources["Orders"]
    file = str(tmp_path / "template.yaml")
    assert orders.place == Place(file, 2, 3)
    assert orders.place_of("MemorySize") == Place(file, 5, 7)
    assert orders.place_of("Environment", "Variables", "SIZE") == Place(file, 7, 36)
    assert orders.place_of("Tags", 0) == Place(file, 9, 11)
    assert orders.place_of("Tags", 0, "Value") == Place(file, 10, 11)
    assert orders.place_of("Timeout") == orders.place


def test_json_has_the_places_of_its_own_text(tmp_path):
    text = json.dumps(read_document(_written(tmp_path, "a.yaml", YAML)).root.plain(), indent=2)
    orders = read_text(tmp_path, text, name="template.json").resources["Orders"]
    file = str(tmp_path / "template.json")
    assert orders.place == Place(file, 3, 5)
    assert orders.place_of("Environment", "Variables", "SIZE") == Place(file, 10, 13)
    assert orders.place_of("Tags", 0) == Place(file, 14, 11)


def test_the_branch_that_is_taken_gives_the_places(tmp_path):
    text = """
Conditions: {Big: !Equals [1, 1]}
Resources:
  It:
    Type: Custom::It
    Properties:
      A: !If
        - Big
        - B: 1
        - B: 2
      List:
        - !Ref AWS::NoValue
        - second
"""
    it = read_text(tmp_path, text).resources["It"]
    assert it.properties == {"A": {"B": 1}, "List": ["second"]}
    assert (it.place_of("A").line, it.place_of("A", "B").line, it.place_of("List", 0).line) == (7, 9, 13)
    assert set(it.places) == {("A",), ("A", "B"), ("List",), ("List", 0)}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("yes", True), ("Off", False), ("yEs", "yEs"), ("~", None), ("", None), ("null", None),
        ("7", 7), ("-1", -1), ("010", 8), ("0x1F", 31), ("1_000", 1000), ("1.5", 1.5), ("1e3", "1e3"),
        ("1.0e+3", 1000.0),
        ("-.inf", float("-inf")), ("012345678901", "012345678901"), ("2012-10-17", "2012-10-17"), ("1:30", "1:30"),
        ("python3.13", "python3.13"), (".", "."), ("-", "-"), ("+", "+"), ("0x", "0x"), ("0_", "0_"), ("._", "._"),
        ("9" * 400, "9" * 400),
    ],
)  # fmt: skip
def test_plain_scalars_are_those_of_yaml_1_1_but_dates(text, meant):
    found = plain_scalar(text)
    assert found == meant
    assert type(found) is type(meant)


def test_anchors_and_merges_are_followed(tmp_path):
    text = """
Shared: &shared {Runtime: python3.13, MemorySize: 128}
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      <<: *shared
      MemorySize: 512
      Tags: &tags [{Key: a, Value: b}]
  Other:
    Type: AWS::Lambda::Function
    Properties: {Tags: *tags}
"""
    found = read_text(tmp_path, text)
    assert found.resources["Orders"].get("Runtime") == "python3.13"
    assert found.resources["Orders"].get("MemorySize") == 512
    assert found.resources["Other"].get("Tags", 0, "Key") == "a"
    assert [doubt.id for doubt in found.not_understood] == ["Shared"]


def test_a_byte_order_mark_and_json_in_a_yaml_file_do_not_matter(tmp_path):
    (tmp_path / "bom.json").write_text('\ufeff{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}')
    text = '{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}, "P": {"Type": "A::B::C", "Properties": {"X": !Ref Q}}}}'
    assert read_document(tmp_path / "bom.json").root.get("Resources").get("Q").column == 16
    assert list(read_text(tmp_path, text).resources) == ["Q", "P"]


def test_escapes_in_json_are_those_of_json(tmp_path):
    properties = r'{"\u0041": "\u00e9\n\"\\", "N": [-1.5e2, true, null]}'
    text = '{"Resources": {"Q": {"Type": "A::B::C", "Properties": ' + properties + "}}}"
    found = read_text(tmp_path, text, name="t.json").resources["Q"].properties
    assert found == {"A": 'é\n"\\', "N": [-150.0, True, None]}


def _written(folder, name, text):
    (folder / name).write_text(text)
    return folder / name
