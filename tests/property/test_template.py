"""Templates: what is mutilated yields a result or an error for people, and functions keep to their laws."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from headstart.errors import TemplateError
from headstart.infra.template.json_text import parse_json
from headstart.infra.template.reader import read
from headstart.infra.template.symbols import as_text, join, split
from headstart.infra.template.yaml_text import parse_yaml
from headstart.model.infrastructure import Symbolic

PLAIN = """
Parameters: {Stage: {Type: String, Default: prod}, Size: {Type: Number, Default: 512}}
Mappings: {Sizes: {prod: {Memory: 1024}}}
Conditions: {IsProd: !Equals [!Ref Stage, prod], Not: !Not [!Condition IsProd]}
Resources:
  Orders:
    Type: AWS::Lambda::Function
    DependsOn: Queue
    Properties:
      Runtime: python3.13
      Handler: app.handler
      MemorySize: !FindInMap [Sizes, !Ref Stage, Memory]
      ReservedConcurrentExecutions: !If [IsProd, 10, !Ref AWS::NoValue]
      Environment: {Variables: {QUEUE: !Ref Queue, NAME: !Sub "${AWS::Region}-${Stage}"}}
  Queue: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 30}}
  V1: {Type: AWS::Lambda::Version, Properties: {FunctionName: !GetAtt Orders.Arn}}
  Live:
    Type: AWS::Lambda::Alias
    Properties:
      {FunctionName: !Ref Orders, FunctionVersion: !GetAtt V1.Version, Name: live,
       ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 5}}
  Target:
    Type: AWS::ApplicationAutoScaling::ScalableTarget
    Properties:
      ResourceId: !Join ["", ["function:", !Select [6, !Split [":", !Ref Live]], ":live"]]
      MinCapacity: 1
      MaxCapacity: 9
      ServiceNamespace: lambda
      ScalableDimension: lambda:function:ProvisionedConcurrency
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Metrics: [{Id: m1, MetricStat: {Metric: {Namespace: AWS/Lambda, MetricName: Errors,
        Dimensions: [{Name: FunctionName, Value: !Ref Orders}]}, Period: 60, Stat: Sum}}]
      Threshold: 1
Outputs: {Name: {Value: !Ref Orders}}
"""
SERVERLESS = """
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.13, Handler: app.handler}}
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: .
      AutoPublishAlias: live
      ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 2}
      Policies: [AWSLambdaBasicExecutionRole]
      Events: {Rows: {Type: SQS, Properties: {Queue: !GetAtt Queue.Arn, BatchSize: 5}}, Web: {Type: HttpApi}}
  Queue: {Type: AWS::SQS::Queue}
"""
SCRAPS = [
    "\t",
    " ",
    "\n",
    "{",
    "}",
    "[",
    "]",
    ":",
    ": ",
    "- ",
    "!Ref ",
    "!Sub ",
    "!If ",
    "!GetAtt ",
    "&a ",
    "*a",
    "<<: ",
]
SCRAPS += [
    "9" * 500,
    "1e999",
    ".inf",
    ".nan",
    "null",
    "\x00",
    "\ufeff",
    "é",
    "%",
    "${",
    "${!",
    "Fn::Sub",
    "---\n",
    "'",
    '"',
]
ODD = [None, True, 0, -1, 2**70, 1e308, "", "x" * 300, [], {}, [[]], {"Ref": "Orders"}, {"Ref": "Gone"}]
ODD += [{"Fn::Sub": "${Stage}"}, {"Fn::If": ["IsProd", {}, []]}, {"Fn::GetAtt": "Queue"}, {"Condition": "Not"}]
ODD += [{"Fn::Transform": {"Name": "x"}}]


def outcome(text: str, *, name: str) -> None:
    """Reading ``text`` gives an infrastructure, or an error whose message begins with the file and which has a hint."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_text(text, "utf-8", errors="surrogatepass")
        try:
            read(file)
        except TemplateError as refused:
            assert refused.message.startswith(str(file))  # noqa: PT017
            assert refused.hint  # noqa: PT017


@pytest.mark.parametrize("text", [PLAIN, SERVERLESS])
def test_the_templates_to_be_mutilated_can_be_read(tmp_path, text):
    (tmp_path / "template.yaml").write_text(text)
    assert read(tmp_path).not_understood == ()


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([PLAIN, SERVERLESS]), st.integers(0, 2000), st.integers(0, 40), st.sampled_from(SCRAPS))
def test_a_text_cut_and_pasted_into_never_crashes_the_reader(text, at, length, scrap):
    at %= len(text)
    outcome(text[:at] + scrap + text[at + length :], name="template.yaml")


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([PLAIN, SERVERLESS]), st.data())
def test_a_value_put_anywhere_never_crashes_the_reader(text, data):
    tree = parse_yaml(text, file="t").plain()
    spots = list(_spots(tree))
    for _ in range(data.draw(st.integers(1, 2))):
        holder, key = data.draw(st.sampled_from(spots))
        holder[key] = data.draw(st.sampled_from(ODD))
    outcome(json.dumps(tree), name="template.json")


def _spots(value):
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(entries):
        yield value, key
        yield from _spots(inner)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON, st.sampled_from([None, 1, 4]))
def test_json_is_read_as_the_standard_library_reads_it(value, indent):
    text = json.dumps(value, indent=indent, ensure_ascii=bool(indent))
    assert parse_json(text, file="t").plain() == json.loads(text)


SHORT = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=4),
    max_leaves=20,
)


@given(SHORT)
@example({"a": "\u0085 b", "c": ["yes", "1"], "\U00010000": None})
def test_json_is_yaml_with_the_same_meaning(value):
    text = json.dumps(value)
    assert parse_yaml(f"a: {text}", file="t").plain() == {"a": json.loads(text)}


WORDS = st.sampled_from(["${Orders}", "${AWS::Region}", "${AWS::AccountId}"])
PIECES = st.lists(st.lists(st.text("abc-", max_size=4) | WORDS, max_size=3).map("".join), min_size=1, max_size=6)


@given(PIECES, st.sampled_from([":", "::", "/", "|"]))
def test_split_undoes_join(pieces, delimiter):
    parts = [Symbolic(piece, ("Orders",) * ("Orders" in piece)) if "$" in piece else piece for piece in pieces]
    joined = join(parts, delimiter)
    found = split(joined, delimiter, words={"Orders"}) if isinstance(joined, Symbolic) else joined.split(delimiter)
    assert [str(piece) for piece in found] == pieces
    assert found == parts


@given(st.lists(st.text() | st.integers() | st.booleans(), max_size=5), st.text(max_size=2))
def test_join_of_what_is_known_is_text(parts, delimiter):
    assert join(parts, delimiter) == delimiter.join(as_text(part) for part in parts)
