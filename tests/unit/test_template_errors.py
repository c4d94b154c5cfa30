"""Templates that cannot be read: the message begins with the place, and the hint says what to do."""

import pytest
from template_text_fixture import read_text

from headstart.errors import TemplateError
from headstart.infra.template.reader import read

SAM = "Transform: AWS::Serverless-2016-10-31\n"
LAUGH = "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdef", "bcdefg", strict=True)
)


def prop(value: str, *others: str) -> str:
    return template(f"A: {{Type: X::Y, Properties: {{B: {value}}}}}", *others)


def serverless(properties: str) -> str:
    return SAM + template(f"A: {{Type: AWS::Serverless::Function, Properties: {properties}}}")


def template(*resources: str) -> str:
    return "Resources:\n" + "".join(f"  {resource}\n" for resource in resources)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        # YAML
        ("Resources:\n\tA: 1", ":2:1: not YAML", "spaces, not with tabs"),
        ("Resources:\n  A: {\n", ":3:1: not YAML", "indentation"),
        ("Resources:\n  A:\n   B: 1\n  C : x: 1", ":4:8: not YAML", "indentation"),
        (template("A: {Type: X::Y}", "A: {Type: X::Y}"), ":3:3: A is here twice, first on line 2", "rename"),
        ("Resources: {}\n---\nResources: {}", ":2:1: a second YAML document", "---"),
        ("Resources: *nowhere", ":1:12: *nowhere has no &nowhere before it", "quote it"),
        ("a: &a [1]\n" + LAUGH + "Resources: {}", ":7:", "write them out"),
        ("Resources: " + "[" * 3000, ":1:112: nested more than 100 deep", "is this a template?"),
        ("Resources: \0", ":1: not YAML", "remove it"),
        ("? [a]\n: 1", ":1:3: a key that is not text", "a key is text"),
        ("<<: 1\nResources: {}", ":1:1: << merges a mapping", "<<: *defaults"),
        # Functions
        (prop("!Reff A"), ":2:35: !Reff is no intrinsic function", "!Ref?"),
        (prop("!Zzz A"), ":2:35: !Zzz is no intrinsic", "known: !And"),
        (prop('{"Fn::Jion": []}'), ":2:36: A: Fn::Jion is no intr", "Fn::Join?"),
        (prop('{"Fn::Sub": a, C: 1}'), ":2:36: A: Fn::Sub stands beside", "only key"),
        (template('A: {Type: X::Y, Properties: {"Fn::ForEach::B": []}}'), ":2:32: A: Fn::ForEach::B", "LanguageExt"),
        (prop("!Ref Queu", "Queue: {Type: X::Y}"), ":2:35: A: there is no 'Queu'", "Queue?"),
        (prop('!Sub "${C.Arn}"'), ":2:35: A: there is no 'C'", "there are: A"),
        (prop("!GetAtt A"), ":2:35: A: Fn::GetAtt of A needs an attribute", "A.Arn"),
        (prop("!Ref [A]"), ":2:35: A: Ref needs a name", ""),
        (prop("!Join [a]"), ":2:35: A: Fn::Join takes a list of 2 values", ""),
        (prop("!Join [a, b]"), ":2:35: A: Fn::Join takes a delimiter and a", ""),
        (prop('!Split ["", b]'), ":2:43: A: Fn::Split needs a delimiter", ""),
        (prop("!Select [2, [a]]"), ":2:44: A: Fn::Select of item 2; allowed: 0 to 0", ""),
        (prop("!Select [0, a]"), ":2:47: A: Fn::Select takes an index and", ""),
        (prop("!Sub [a, b]"), ":2:44: A: Fn::Sub takes a text and a mapping", ""),
        (prop("!Sub [[a], {}]"), ":2:41: A: Fn::Sub takes a text", ""),
        (prop("!FindInMap [M, a, b]"), ":2:47: A: Fn::FindInMap: there is no 'M'", ""),
        (prop("!If [Nope, 1, 2]"), ":2:40: there is no condition 'Nope'", ""),
        (prop("!If [[], 1, 2]"), ":2:40: A: Fn::If needs a name", "in quotes"),
        # What resources are and need
        (template("A: {Type: X::Y, DependsOn: [B]}"), ":2:31: A depends on B, which is not there", "there are: A"),
        (template("A: {Type: X::Y, DependsOn: 7}"), ":2:19: A depends on something that is no name", ""),
        (template("A: {Type: X::Y, Properties: 7}"), ":2:19: A: Properties needs a mapping", ""),
        (template("A: 7"), ":2:3: A is a number; needed: a resource with its Type", ""),
        (template("A: {}"), ":2:3: A has no Type", "AWS::Lambda::Function"),
        (template("A: {Type: AWS::Serverless::Function}"), ":2:3: A is AWS::Serverless::Function, which", "Transform"),
        (template("A: {Type: X::Y, Condition: [1]}"), ":2:19: A: Condition needs the name", ""),
        (
            prop("!Ref B", "B: {Type: X::Y, DependsOn: C}", 'C: {Type: X::Y, Properties: {A: !Sub "${A.B}"}}'),
            ":2:3: resources need each other in a circle: A -> B -> C -> A",
            "Ref, GetAtt, Sub or DependsOn",
        ),
        (
            "Conditions:\n  A: !Not [!Condition B]\n  B: {Condition: A}\n" + template("C: {Type: X::Y}"),
            ":2:3: conditions need each other in a circle: A -> B -> A",
            "take one",
        ),
        ("Conditions: {A: !Ref B}\nResources: {}", ":1:17: A: Ref is no condition", ""),
        ("Conditions: {A: 7}\nResources: {}", ":1:14: A: not a condition", "Fn::Equals"),
        ("Resources: {}\nOutputs: {X: {Value: !Ref Gone}}", ":2:22: X: there is no 'Gone' to refer to", ""),
        # Files that are no template
        ("Resources: []", ":1:1: Resources is a list", ""),
        ("functions: {}", ": not a template: it has no Resources", "serverless package"),
        ("[1, 2]", ": not a template: it has no Resources", "cdk.out"),
        ("", ": not a template: it has no Resources", "cdk.out"),
        # Code and SAM
        (template(f"A: {{Type: AWS::Lambda::Function, Properties: {{Code: {'g' * 300}}}}}"), ":2:49: A: Code", "corr"),
        (serverless("{Runtime: 7, Events: {E: {Type: SQSS}}}"), ":3:3: SAM refuses A:", ""),
        (serverless("7"), ":3:3: SAM refuses A", ""),
        (f"{SAM}Globals: {{Function: 7}}\n" + template("A: {Type: X::Y}"), ":2:1: SAM refuses Globals", ""),
    ],
)  # fmt: skip
def test_a_yaml_template_is_refused(tmp_path, text, message, hint):
    with pytest.raises(TemplateError) as refused:
        read_text(tmp_path, text)
    assert refused.value.message.startswith(f"{tmp_path / 'template.yaml'}{message}")
    assert hint in refused.value.hint


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ('{"Resources": {"A": {"Type": "X",}}}', ':1:34: a comma before "}"', "remove the comma"),
        ('{"Resources": {\n', ':2:1: not JSON: ends where a key in double quotes or "}" is needed', "close every"),
        ('{"Resources": {"A" 7}}', ":1:20: not JSON: '7}}' where \":\" after a key is needed", "comma"),
        ('{"A": 1 "B": 2}', ':1:9: not JSON: \'"B": 2}\' where "," or "}" is needed', "comma"),
        ('{"A": 1} x', ":1:10: 'x' after the end of the JSON value", "remove"),
        ('{"A": 1, "A": 2}', ":1:10: A is here twice, first on line 1", "rename"),
        ("{'A': 1}", ":1:2: not JSON: \"'A': 1}\" where a key in double quotes", "comma"),
        ('{"A": tru}', ":1:7: not JSON: 'tru}' where a value is needed", "comma"),
        ('{"A": 01}', ":1:7: not JSON: '01}' where a value is needed", "comma"),
        ('{"A": NaN}', ":1:7: not JSON: 'NaN}' where a value is needed", "comma"),
        ('{"A": "\t"}', ":1:7: not JSON", "comma"),
        ('{"A": %s}' % ("9" * 400), ":1:7: a number of 400 characters; allowed: 300", "quotes"),
        ('{"A": %s' % ("[" * 3000), ":1:106: nested more than 100 deep", "is this a template?"),
        ('{"A": 1}', ": not a template: it has no Resources", "cdk.out"),
    ],
)
def test_a_json_template_is_refused(tmp_path, text, message, hint):
    with pytest.raises(TemplateError) as refused:
        read_text(tmp_path, text, name="t.json")
    assert refused.value.message.startswith(f"{tmp_path / 't.json'}{message}")
    assert hint in refused.value.hint


def test_files_that_cannot_be_opened_are_refused(tmp_path):
    (tmp_path / "latin.yaml").write_bytes(b"Resources:\n  A: \xe9")
    with (tmp_path / "large.yaml").open("wb") as large:
        large.truncate(21 * 1024 * 1024)
    for name, message in {
        "latin.yaml": ":2: byte 0xe9 is not UTF-8",
        "large.yaml": ": 22,020,096 bytes; allowed: 20,971,520",
        "none.yaml": ": no such file or directory",
    }.items():
        with pytest.raises(TemplateError) as refused:
            read(tmp_path / name)
        assert refused.value.message.startswith(f"{tmp_path / name}{message}")
        assert refused.value.hint


def test_a_chain_of_conditions_longer_than_the_stack_is_refused_and_no_crash(tmp_path):
    links = "".join(f"  C{number}: !Not [!Condition C{number + 1}]\n" for number in range(2000))
    with pytest.raises(TemplateError, match="nested too deep"):
        read_text(tmp_path, f"Conditions:\n{links}  C2000: !Equals [1, 1]\nResources: {{}}")


def test_code_of_another_language_may_still_have_to_be_built(tmp_path):
    found = read_text(
        tmp_path, template("A: {Type: AWS::Lambda::Function, Properties: {Runtime: java21, Code: a.jar}}")
    )
    assert [(doubt.id, doubt.place.line) for doubt in found.not_understood] == [("A", 2)]
