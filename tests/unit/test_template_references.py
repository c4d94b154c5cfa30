"""What Ref and GetAtt of resources look like before they are deployed."""

import pytest
from template_text_fixture import read_text, value

from headstart.infra.template.references import FORMS
from headstart.infra.template.symbols import ABSENT, as_text, join, references, split
from headstart.model.infrastructure import Symbolic

ARN = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:"


@pytest.mark.parametrize(
    ("expression", "text", "reached"),
    [
        ("!Ref Orders", "${Orders}", ("Orders",)),
        ("!GetAtt Orders.Arn", f"{ARN}${{Orders}}", ("Orders",)),
        ("!Ref V1", f"{ARN}${{Orders}}:${{V1.Version}}", ("V1", "Orders")),
        ("!GetAtt V1.Version", "${V1.Version}", ("V1",)),
        ("!Ref Live", f"{ARN}${{Orders}}:live", ("Live", "Orders")),
        ("!GetAtt [Live, AliasArn]", f"{ARN}${{Orders}}:live", ("Live", "Orders")),
        ("!GetAtt Queue.Arn", "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:${Queue}", ("Queue",)),
        ("!GetAtt Queue.QueueName", "${Queue}", ("Queue",)),
        ("!GetAtt Queue.Unheard.Of", "${Queue.Unheard.Of}", ("Queue",)),
        ("!Ref It2", "${It2}", ("It2",)),
    ],
)
def test_a_reference_is_its_documented_form(tmp_path, expression, text, reached):
    assert value(tmp_path, expression, beside="  It2: {Type: Custom::It}") == Symbolic(text, reached)


def test_an_alias_of_a_named_function_has_that_name(tmp_path):
    text = """
Parameters: {Stage: {Type: String}}
Resources:
  Live: {Type: AWS::Lambda::Alias, Properties: {FunctionName: "arn:aws:lambda:us-east-1:1:function:orders", Name: live}}
  Own: {Type: AWS::Lambda::Alias, Properties: {FunctionName: orders, Name: !Ref Stage}}
  It: {Type: Custom::It, Properties: {X: !Ref Live, Y: !Ref Own}}
"""
    found = read_text(tmp_path, text)
    assert found.resources["It"].get("X") == Symbolic(f"{ARN}orders:live", ("Live",))
    assert found.resources["It"].get("Y") == Symbolic(f"{ARN}orders:${{Stage}}", ("Own",))


def test_all_forms_name_their_resource():
    assert [
        form for forms in FORMS.values() for form in forms.values() if "${id" not in form and "{Name}" not in form
    ] == []


def test_split_keeps_marks_whole_and_refuses_what_may_have_the_delimiter():
    arn = Symbolic("a:${AWS::Region}:${Orders}/${Orders.Version}", ("Orders",))
    words = {"Orders", "Orders.Version"}
    assert split(arn, ":", words=words) == [
        "a",
        Symbolic("${AWS::Region}"),
        Symbolic("${Orders}/${Orders.Version}", ("Orders",)),
    ]
    assert split(arn, ":", words={"Orders"}) is None
    assert split(Symbolic("{{resolve:ssm:a}}:b"), ":", words=()) is None


def test_text_is_as_cloudformation_writes_it():
    assert [as_text(each) for each in (True, False, None, 1.0, 1.5, 7, "a")] == [
        "true",
        "false",
        "",
        "1",
        "1.5",
        "7",
        "a",
    ]
    assert join(["a", 1, True], "-") == "a-1-true"
    assert references({"a": [Symbolic("x", ("B",))], "c": Symbolic("y", ("A", "B"))}) == ("B", "A")
    assert repr(ABSENT) == "AWS::NoValue"
