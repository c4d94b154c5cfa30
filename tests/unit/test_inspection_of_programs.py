"""A CDK program is looked at with the code of its functions, unless what it synthesized is there."""

import shutil
from pathlib import Path

import pytest

from headstart import inspection
from headstart.model.audit import AuditSettings

PROGRAM = """\
from aws_cdk import Stack
from aws_cdk import aws_lambda as lambda_


class Shop(Stack):
    def __init__(self, scope, construct_id):
        super().__init__(scope, construct_id)
        lambda_.Function(
            self,
            "Orders",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="app.handler",
            code=lambda_.Code.from_asset("functions/orders"),
        )
"""
HANDLER = "def handler(event, context):\n    return event\n"
SYNTHESIZED = Path(__file__).parent / "cdk_out"


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A program in stacks/, code that it ships and code that it does not; the current folder."""
    monkeypatch.chdir(tmp_path)
    for folder in ("stacks", "functions/orders", "functions/unused", "tests"):
        Path(folder).mkdir(parents=True)
    for file in ("stacks/shop.py", "tests/test_shop.py"):
        Path(file).write_text(PROGRAM)
    for name in ("orders", "unused"):
        Path(f"functions/{name}/app.py").write_text(HANDLER)
    return tmp_path


def look(path: str = ".", **settings):
    return inspection.look_at(Path(path), AuditSettings(**settings))


def test_a_program_is_looked_at_with_the_code_of_its_functions(project):
    subject = look()
    [infrastructure] = subject.infrastructures
    assert (infrastructure.file, infrastructure.is_program) == ("stacks/shop.py", True)
    orders, unused = subject.functions
    assert orders.declared.id == "Orders"
    assert (orders.infrastructure, orders.handler.place.file) == (infrastructure, "functions/orders/app.py")
    assert (unused.declared, unused.handler.place.file) == (None, "functions/unused/app.py")
    files = [module.file for program in subject.programs for module in program.modules.values()]
    assert sorted(files) == ["functions/orders/app.py", "functions/unused/app.py", "stacks/shop.py"]


def test_a_file_of_a_program_is_looked_at_alone(project):
    subject = look("stacks/shop.py")
    assert [each.file for each in subject.infrastructures] == ["stacks/shop.py"]
    [orders] = subject.functions
    assert orders.handler.place.file == "functions/orders/app.py"


def test_a_template_beside_a_program_is_looked_at_too(project):
    Path("template.json").write_text('{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}')
    assert [each.file for each in look().infrastructures] == ["template.json", "stacks/shop.py"]


def test_what_a_program_synthesized_is_looked_at_instead(project):
    shutil.copytree(SYNTHESIZED, "cdk.out")
    assert not any(each.is_program for each in look().infrastructures)


def test_files_that_settings_exclude_are_not_looked_at(project):
    assert look(exclude=("stacks/*",)).infrastructures == ()
