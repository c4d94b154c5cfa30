"""Where a memory size is said, and that changing it there changes nothing else."""

from pathlib import Path

import pytest

from headstart.audit.fix import apply, plan
from headstart.errors import ConfigError, EditError
from headstart.infra import config_file, memory_setting
from headstart.infra.config_file import Overrides
from headstart.infra.settings import TemplateTable
from headstart.model.function import MemorySize

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: function
      Handler: app.handler  # the entry
      Runtime: python3.11{memory}
"""
CDK_APP = """\
import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_


class Shop(cdk.Stack):
    def __init__(self, scope, id):
        super().__init__(scope, id)
        lambda_.Function(
            self,
            "Orders",
            runtime=lambda_.Runtime.PYTHON_3_12,
            handler="app.handler",
            code=lambda_.Code.from_asset("code"),
            memory_size=512,
        )
        code = lambda_.Code.from_asset("code")
        lambda_.Function(self, "Refunds", runtime=lambda_.Runtime.PYTHON_3_12, handler="app.handler", code=code)


Shop(cdk.App(), "Shop")
"""
CDK_OUT = Path(__file__).with_name("cdk_out")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "function").mkdir()
    (tmp_path / "function/app.py").write_text("def handler(event, context):\n    return event\n")
    return tmp_path


def changed(path: Path, **table: str) -> tuple[Path, str]:
    """The file that is changed, and what it says then."""
    project = config_file.resolve(path, Overrides(template=TemplateTable(**table)))
    (change,) = plan.changed([memory_setting.edit(path, project, memory=MemorySize(1769))])
    apply.write([change])
    return Path(change.file), Path(change.file).read_text()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[function]\nmemory_mb = 128 # why\n", "[function]\nmemory_mb = 1769 # why\n"),
        ('[function]\nhandler = "app.handler"\n', '[function]\nmemory_mb = 1769\nhandler = "app.handler"\n'),
        ("[traffic]\ncold_ratio = 0.5\n", "[function]\nmemory_mb = 1769\n\n[traffic]\ncold_ratio = 0.5\n"),
    ],
)
def test_headstart_toml_says_it(folder: Path, before: str, after: str):
    file = folder / "function/headstart.toml"
    file.write_text(before)
    assert changed(folder / "function") == (file, after)
    file.write_text(before)
    assert changed(file) == (file, after)


@pytest.mark.parametrize(
    ("said", "after"),
    [("\n      MemorySize: 256", "\n      MemorySize: 1769"), ("", "\n      MemorySize: 1769")],
)
def test_a_template_says_it(folder: Path, said: str, after: str):
    file = folder / "template.yaml"
    file.write_text(TEMPLATE.format(memory=said))
    assert changed(file, function="Orders") == (file, TEMPLATE.format(memory=after))


def test_a_template_is_changed_where_headstart_toml_only_names_it(folder: Path):
    (folder / "template.yaml").write_text(TEMPLATE.format(memory=""))
    (folder / "headstart.toml").write_text('[template]\nfile = "template.yaml"\n')
    assert changed(folder)[0].name == "template.yaml"
    (folder / "headstart.toml").write_text('[function]\nmemory_mb = 512\n[template]\nfile = "template.yaml"\n')
    assert changed(folder)[0].name == "headstart.toml"


def test_a_parameter_that_says_it_is_named(folder: Path):
    file = folder / "template.yaml"
    parameters = "Parameters:\n  Size:\n    Type: Number\n    Default: 256\n"
    file.write_text(parameters + TEMPLATE.format(memory="\n      MemorySize: !Ref Size"))
    with pytest.raises(EditError, match=r"Orders.*MemorySize comes from !Ref"):
        changed(file)


def test_a_folder_that_says_nothing_is_refused_with_what_to_type(folder: Path):
    with pytest.raises(ConfigError, match=r"no headstart\.toml or template says the memory size") as caught:
        changed(folder / "function")
    assert caught.value.hint.startswith(f"headstart init {folder / 'function'}")


def test_what_cdk_synth_made_is_refused_with_the_line_of_code(folder: Path):
    (folder / "cdk.out").symlink_to(CDK_OUT)
    (folder / "app.py").write_text(CDK_APP)
    with pytest.raises(ConfigError, match=r"cdk\.out is made by cdk synth.*app\.py:14") as caught:
        changed(folder / "cdk.out", function="OrdersA9B65338")
    assert "leave --apply out, write memory_size= what is recommended at" in caught.value.hint


def test_without_its_code_a_construct_is_named(folder: Path):
    (folder / "cdk.out").symlink_to(CDK_OUT)
    with pytest.raises(ConfigError, match="said by code of the construct Shop/Orders"):
        changed(folder / "cdk.out", function="OrdersA9B65338")
