"""Parameters: given, by default, secret, and from files."""

import json

import pytest
from template_text_fixture import read_text

from headstart.errors import TemplateError
from headstart.infra.template.parameter_file import read_parameters
from headstart.model.infrastructure import Symbolic

TEXT = """
Parameters:
  Stage: {Type: String, Default: test, AllowedValues: [test, prod]}
  Size: {Type: Number, Default: "512"}
  Sizes: {Type: List<Number>, Default: "1,2"}
  Password: {Type: String, NoEcho: true, AllowedValues: [swordfish]}
  Nets: {Type: "List<AWS::EC2::Subnet::Id>"}
Resources:
  It:
    Type: Custom::It
    Properties: {Stage: !Ref Stage, Size: !Ref Size, Sizes: !Ref Sizes, Password: !Ref Password, Nets: !Ref Nets}
"""


def it(folder, **parameters):
    return read_text(folder, TEXT, parameters=parameters).resources["It"].properties


def test_defaults_hold_and_what_nobody_said_is_symbolic(tmp_path):
    assert it(tmp_path) == {
        "Stage": "test", "Size": 512, "Sizes": [1, 2], "Password": Symbolic("${Password}"), "Nets": Symbolic("${Nets}"),
    }  # fmt: skip


def test_given_values_count_and_secrets_are_not_shown(tmp_path):
    found = it(tmp_path, Stage="prod", Size="1.5", Sizes=[3], Password="swordfish", Nets="a, b")
    assert found == {
        "Stage": "prod", "Size": 1.5, "Sizes": [3], "Password": Symbolic("${Password}"), "Nets": ["a", "b"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "message", "hint"),
    [
        ({"Stage": "dev"}, ":3:40: parameter Stage is 'dev'; allowed: test, prod", "Stage=test"),
        ({"Size": "big"}, ":4:3: parameter Size is 'big'; allowed: a number", "Size=1"),
        ({"Sizes": "1,x"}, ":5:3: parameter Sizes is 'x'; allowed: a number", "Sizes=1"),
        ({"Stag": "x"}, ": it has no parameter Stag", "did you mean Stage?"),
        ({"Password": "hunter2"}, ":6:42: parameter Password is what NoEcho hides", "give one of them"),
    ],
)
def test_what_is_not_allowed_is_refused(tmp_path, given, message, hint):
    with pytest.raises(TemplateError) as refused:
        it(tmp_path, **given)
    assert refused.value.message.startswith(f"{tmp_path}/template.yaml{message}")
    assert hint in refused.value.hint
    assert not {"hunter2", "swordfish"} & set(f"{refused.value.message} {refused.value.hint}".split())


def test_parameters_of_other_templates_are_left_where_that_is_asked(tmp_path):
    found = read_text(tmp_path, TEXT, parameters={"Other": 1, "Stage": "prod"}, allows_unknown_parameters=True)
    assert found.resources["It"].get("Stage") == "prod"


@pytest.mark.parametrize(
    "content",
    [
        {"Stage": "prod", "Size": 7},
        {"Parameters": {"Stage": "prod", "Size": 7}},
        [{"ParameterKey": "Stage", "ParameterValue": "prod"}, {"ParameterKey": "Size", "ParameterValue": 7}],
    ],
)
def test_a_file_of_parameters_is_read_in_aws_own_forms(tmp_path, content):
    (tmp_path / "parameters.json").write_text(json.dumps(content))
    assert read_parameters(tmp_path / "parameters.json") == {"Stage": "prod", "Size": 7}


@pytest.mark.parametrize("text", ['"text"', '[{"Key": "a"}]', '{"A": {"B": 1}}', '{"A": null}', "[1]"])
def test_a_file_of_something_else_is_refused(tmp_path, text):
    (tmp_path / "parameters.json").write_text(text)
    with pytest.raises(TemplateError) as refused:
        read_parameters(tmp_path / "parameters.json")
    assert "ParameterKey" in refused.value.hint
