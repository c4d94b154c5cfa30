"""A function of a template as a project: settings, choice, flags and headstart.toml over it."""

import json
from pathlib import Path

import pytest

from headstart.errors import ConfigError, HandlerError, InvalidValueError, TemplateError
from headstart.infra.config_file import Host, Overrides, resolve
from headstart.infra.project import Project
from headstart.infra.settings import TemplateTable
from headstart.model.function import Architecture, LogFormat

HOST = Host(runtime="python3.12", architecture=Architecture.ARM64)
HANDLER = "def handler(event, context):\n    return event\n"
TEMPLATE = """
Parameters:
  Memory: {Type: Number, Default: 512}
  Stage: {Type: String}
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties: {}
  Shared:
    Type: AWS::Lambda::LayerVersion
    Properties: {Content: layer}
  Orders:
    Type: AWS::Lambda::Function
    Metadata: {"aws:cdk:path": Shop/Orders/Resource}
    Properties:
      FunctionName: orders-fn
      Code: app
      Handler: app.handler
      Runtime: python3.13
      MemorySize: !Ref Memory
      Timeout: 20
      EphemeralStorage: {Size: 1024}
      LoggingConfig: {LogFormat: JSON, ApplicationLogLevel: WARN}
      Layers: [!Ref Shared, "arn:aws:lambda:us-east-1:1:layer:tools:1"]
      Environment:
        Variables:
          STAGE: !Ref Stage
          TABLE: !Ref Table
          REGION: !Ref AWS::Region
          KEEP: !ImportValue keep
  Refunds:
    Type: AWS::Lambda::Function
    Properties: {Code: app, Handler: app.handler, Runtime: python3.13}
  Page:
    Type: AWS::Lambda::Function
    Properties: {Code: app, Handler: app.handler, Runtime: nodejs22.x}
"""


@pytest.fixture
def template(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "layer").mkdir()
    (tmp_path / "app/app.py").write_text(HANDLER)
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    return tmp_path / "template.yaml"


def of(path: Path, function: str | None = "Orders", *, parameters=None, imports=None, stack=None, **flags) -> Project:
    asked = TemplateTable(function=function, parameters=parameters or {}, imports=imports or {}, stack=stack)
    return resolve(path, Overrides(template=asked, **flags), host=HOST)


def test_every_setting_is_the_templates(template):
    spec = of(template).spec
    folder = template.parent
    assert (spec.name, spec.handler, spec.runtime, spec.code) == (
        "orders-fn",
        "app.handler",
        "python3.13",
        folder / "app",
    )
    assert (spec.memory.mb, spec.timeout_s, spec.ephemeral_storage_mb) == (512, 20, 1024)
    assert (spec.log_format, spec.application_log_level) == (LogFormat.JSON, "WARN")
    assert (spec.layers, spec.requirements) == ((folder / "layer",), None)


def test_what_is_not_said_is_as_on_aws_and_not_as_on_this_machine(template):
    spec = of(template, "Refunds").spec
    assert (spec.memory.mb, spec.timeout_s, spec.architecture) == (128, 3, Architecture.X86_64)


def test_parameters_imports_and_the_region_are_filled_in(template):
    parameters = {"Memory": "1024", "Stage": "prod"}
    project = of(template, parameters=parameters, imports={"keep": "7"}, region="eu-central-1")
    assert project.spec.memory.mb == 1024
    assert project.spec.environment == {"STAGE": "prod", "TABLE": "Table", "REGION": "eu-central-1", "KEEP": "7"}
    assert (project.spec.region, project.spec.arn.split(":")[3]) == ("eu-central-1", "eu-central-1")


def test_what_is_inferred_is_said(template):
    said = "\n".join(of(template).said)
    assert "environment: STAGE, TABLE, KEEP: known only after deployment" in said
    assert "--env STAGE=VALUE" in said
    assert "layers: left out, for they are not on this machine: arn:aws:lambda:us-east-1:1:layer:tools:1" in said


def test_no_value_of_a_variable_is_said(template):
    secret = TEMPLATE.replace("!Ref Table", '!Sub "postgres://me:hunter2@${Table}"')
    template.write_text(secret)
    project = of(template)
    assert project.spec.environment["TABLE"] == "postgres://me:hunter2@Table"
    assert "hunter2" not in "".join(project.said)


def test_a_secret_parameter_that_is_given_reaches_the_function_and_nothing_else(template):
    text = TEMPLATE.replace("Stage: {Type: String}", "Stage: {Type: String, NoEcho: true}")
    template.write_text(text.replace("!Ref Stage", '!Sub "${Stage}-${AWS::Region}"'))
    project = of(template, parameters={"Stage": "hunter2"})
    assert project.spec.environment["STAGE"] == "hunter2-us-east-1"
    assert any("environment: TABLE, KEEP: known only" in sentence for sentence in project.said)
    assert "hunter2" not in "".join(project.said)


def test_flags_win_over_the_template(template):
    project = of(
        template,
        memory_mb=2048,
        timeout_s=9,
        architecture="arm64",
        runtime="python3.11",
        name="mine",
        environment={"TABLE": "orders", "NEW": "1"},
        layers=(),
        log_format="text",
    )
    spec = project.spec
    assert (spec.memory.mb, spec.timeout_s, spec.architecture, spec.runtime) == (2048, 9, "arm64", "python3.11")
    assert (spec.name, spec.layers, spec.log_format) == ("mine", (), LogFormat.TEXT)
    assert (spec.environment["TABLE"], spec.environment["NEW"]) == ("orders", "1")


@pytest.mark.parametrize("asked", ["Orders", "orders-fn", "Shop/Orders", "Shop/Orders/Resource"])
def test_a_function_is_asked_for_by_each_of_its_names(template, asked):
    assert of(template, asked).spec.name == "orders-fn"


@pytest.mark.parametrize(
    ("asked", "message", "hint"),
    [
        (None, "has 2 functions: Orders, Refunds", "say which: --function Orders"),
        ("Order", "has no function 'Order'; its functions: Orders, Refunds, Page", "did you mean --function Orders?"),
        ("orders-f", "has no function 'orders-f'", "did you mean --function Orders?"),
        ("Shop/", "has no function 'Shop/'", "did you mean --function Orders?"),
        ("xyzzy", "has no function 'xyzzy'", "--function Orders"),
    ],
)
def test_a_function_that_is_not_there_is_refused_with_those_that_are(template, asked, message, hint):
    with pytest.raises(ConfigError) as caught:
        of(template, asked)
    assert message in caught.value.message
    assert caught.value.hint == hint


def test_the_only_function_that_can_run_here_need_not_be_named(template):
    text = TEMPLATE.replace("Refunds:\n    Type: AWS::Lambda::Function", "Refunds:\n    Type: AWS::SNS::Topic")
    template.write_text(text)
    project = of(template, None)
    assert project.spec.name == "orders-fn"
    assert "function: Orders, the only one of 2 that can run here" in project.said


@pytest.mark.parametrize(
    ("change", "error", "part"),
    [
        (("Code: app\n", "Code: {S3Bucket: b, S3Key: k}\n"), TemplateError, "template.yaml:17: Orders cannot run here"),
        (("Code: app\n", 'Code: {ZipFile: "x"}\n'), TemplateError, "its code stands in the template (ZipFile)"),
        (("Code: app\n", "Code: gone\n"), TemplateError, "gone, does not exist"),
        (("app.handler\n", "app.handle\n"), HandlerError, "has no 'handle'"),
        (("Timeout: 20", "Timeout: 1000"), InvalidValueError, "timeout_s is 1000; allowed: 1 … 900"),
        (("Runtime: python3.13\n      Mem", "Runtime: ruby3.3\n      Mem"), InvalidValueError, "runtime is 'ruby3.3'"),
        (("Content: layer", "Content: gone"), TemplateError, "template.yaml:24: the content of a layer of Orders, "),
        (("Resources:", "Resource:"), TemplateError, "not a template: it has no Resources"),
        (("!Ref Memory", "!Ref Memry"), TemplateError, "Memry"),
        (("Timeout: 20", "Timeout: [20"), TemplateError, "template.yaml:"),
    ],
)
def test_a_template_that_cannot_be_used_is_refused(template, change, error, part):
    assert change[0] in TEMPLATE
    template.write_text(TEMPLATE.replace(*change, 1))
    with pytest.raises(error) as caught:
        of(template)
    assert part in caught.value.message


def test_a_value_that_is_not_understood_is_said_with_its_place_and_left_to_its_default(template):
    template.write_text(TEMPLATE.replace("Timeout: 20", "Timeout: soon"))
    project = of(template)
    assert project.spec.timeout_s == 3
    assert any("template.yaml:21: not understood: Timeout is 'soon'" in sentence for sentence in project.said)


@pytest.mark.parametrize("name", ["template.yml", "stack.json", "orders.template"])
def test_a_template_is_known_by_its_name(template, name):
    text = TEMPLATE
    if name.endswith("json"):
        function = {"Type": "AWS::Lambda::Function"}
        function["Properties"] = {"Code": "app", "Handler": "app.handler", "Runtime": "python3.13"}
        text = json.dumps({"Resources": {"Orders": function}})
    other = template.with_name(name)
    other.write_text(text)
    assert of(other).spec.code == template.parent / "app"


def test_a_template_without_functions_is_refused(template):
    template.write_text("Resources:\n  Topic: {Type: AWS::SNS::Topic}\n")
    with pytest.raises(ConfigError, match="declares no function"):
        of(template, None)


def test_flags_of_templates_are_refused_for_a_folder_and_the_template_in_it_is_named(template):
    with pytest.raises(ConfigError, match="is no template") as caught:
        of(template.parent, "Orders")
    assert caught.value.hint == f"give the template: headstart check {template}"


def test_requirements_beside_the_code_are_installed_for_sam_alone(template):
    (template.parent / "app/requirements.txt").write_text("requests\n")
    project = of(template)
    assert project.spec.requirements is None
    assert any("requirements.txt is shipped but not installed" in sentence for sentence in project.said)
    other = of(template, requirements=template.parent / "app/requirements.txt")
    assert other.spec.requirements == template.parent / "app/requirements.txt"


BESIDE = """
[function]
memory_mb = 4096
handler = "gone.handler"

[[events]]
file = "one.json"

[traffic]
invocations_per_month = 5

[services]
redis = true
"""


def test_headstart_toml_beside_the_code_says_events_traffic_and_services_and_no_more(template):
    (template.parent / "app/headstart.toml").write_text(BESIDE)
    (template.parent / "app/one.json").write_text('{"a": 1}')
    project = of(template)
    assert (project.spec.memory.mb, project.spec.handler) == (512, "app.handler")
    assert [event.payload for event in project.events] == [b'{"a": 1}']
    assert (project.traffic.invocations_per_month, project.services.redis) == (5, True)


@pytest.mark.parametrize("folder", ["", "app"])
def test_events_beside_the_template_or_the_code_are_found(template, folder):
    events = template.parent / folder / "events"
    events.mkdir()
    (events / "put.json").write_text("{}")
    assert [event.name for event in of(template).events] == ["put"]


CONFIG = """
[template]
file = "../template.yaml"
function = "Orders"
parameters = {Memory = 256, Stage = "prod"}
imports = {keep = "7"}

[function]
timeout_s = 7
environment = {TABLE = "orders"}

[[events]]
payload = {a = 1}
"""


@pytest.fixture
def config(template: Path) -> Path:
    folder = template.parent / "lab"
    folder.mkdir()
    (folder / "headstart.toml").write_text(CONFIG)
    return folder


def test_headstart_toml_may_name_a_template_and_say_more(config):
    project = resolve(config, Overrides(), host=HOST)
    spec = project.spec
    assert (spec.memory.mb, spec.timeout_s, spec.code) == (256, 7, config.parent / "app")
    assert (spec.environment["STAGE"], spec.environment["TABLE"], spec.environment["KEEP"]) == ("prod", "orders", "7")
    assert [event.payload for event in project.events] == [b'{"a":1}']


def test_flags_win_over_the_template_of_headstart_toml(config):
    flags = TemplateTable(function="Refunds", parameters={"Stage": "test"})
    project = resolve(config / "headstart.toml", Overrides(template=flags, timeout_s=8), host=HOST)
    assert (project.spec.name, project.spec.timeout_s) == ("Refunds", 8)


def test_headstart_toml_may_say_where_the_code_is(config, template):
    template.write_text(TEMPLATE.replace("Code: app\n", "Code: {S3Bucket: b, S3Key: k}\n", 1))
    text = CONFIG.replace("[function]", '[function]\ncode = "../app"')
    (config / "headstart.toml").write_text(text)
    assert resolve(config, Overrides(), host=HOST).spec.code == template.parent / "app"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('[template]\nfile = "gone.yaml"\n', "gone.yaml"),
        ('[template]\nfunction = "Orders"\n', "is no template"),
        ("[template]\nfile = 7\n", "template.file is 7; needed: a text"),
        ('[template]\nfunktion = "Orders"\n', "unknown key 'funktion' in [template]"),
    ],
)
def test_a_wrong_template_table_is_refused(config, text, part):
    (config / "headstart.toml").write_text(text)
    with pytest.raises((ConfigError, TemplateError)) as caught:
        resolve(config, Overrides(), host=HOST)
    assert part in caught.value.message


STAND_INS = """
[function.environment]
TABLE = "orders-here"
REGION = "moon-1"

[services]
redis = true
"""


def test_what_the_template_leaves_open_the_file_beside_the_code_says(template):
    (template.parent / "app/headstart.toml").write_text(STAND_INS)
    project = of(template)
    assert (project.spec.environment["TABLE"], project.spec.environment["REGION"]) == ("orders-here", "us-east-1")
    assert project.open_variables == {"STAGE", "KEEP"}
    assert any("STAGE, KEEP: known only after deployment, here what [services] sets" in said for said in project.said)


def test_a_flag_wins_over_the_file_beside_the_code(template):
    (template.parent / "app/headstart.toml").write_text(STAND_INS)
    project = of(template, environment={"TABLE": "mine", "STAGE": "test"})
    assert (project.spec.environment["TABLE"], project.open_variables) == ("mine", {"KEEP"})


def test_a_function_whose_values_are_all_known_leaves_none_open(template):
    assert of(template, parameters={"Stage": "prod"}, imports={"keep": "7"}).open_variables == {"TABLE"}
    assert of(template, "Refunds").open_variables == frozenset()


def test_a_function_goes_by_the_construct_around_it_too(template):
    template.write_text(TEMPLATE.replace("Shop/Orders/Resource", "Shop/Taking/Function/Resource"))
    assert [of(template, name).spec.name for name in ("Taking", "Function", "Shop/Taking/Function")] == [
        "orders-fn"
    ] * 3
