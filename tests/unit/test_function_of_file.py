"""The function that a file of code is of: one of a template, or the nearest folder above the file that is one."""

from pathlib import Path

import pytest

from headstart.errors import RequestError
from headstart.infra.config_file import Overrides
from headstart.infra.function_of_file import FunctionsOfFiles
from headstart.infra.settings import TemplateTable

HANDLER = "def handler(event, context):\n    return event\n"
TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Parameters:
  Size: {Type: Number, Default: 256}
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: orders/, Handler: app.handler, Runtime: python3.13, MemorySize: !Ref Size}
  Bills:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: bills/, Handler: app.handler, Runtime: python3.13, MemorySize: 512}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("orders", "bills", "other"):
        (tmp_path / name / "inner").mkdir(parents=True)
        (tmp_path / name / "app.py").write_text(HANDLER)
        (tmp_path / name / "inner/module.py").write_text("")
    (tmp_path / "bills/headstart.toml").write_text('[[events]]\nname = "bill"\npayload = "{}"\n')
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    return tmp_path


def functions(path: Path, *templates: Path, **table: object) -> FunctionsOfFiles:
    given = Overrides(template=TemplateTable(**table))
    return FunctionsOfFiles(path, templates=templates, given=given)


def test_of_a_template_with_its_settings_and_the_events_beside_its_code(folder):
    found = functions(folder, folder / "template.yaml", parameters={"Size": 1024})
    assert found.of(folder / "orders/inner/module.py").spec.memory.mb == 1024
    bills = found.of(folder / "bills/app.py")
    assert (bills.spec.memory.mb, [event.name for event in bills.events]) == (512, ["bill"])
    assert found.of(folder / "bills/inner/module.py") is bills


def test_the_one_that_is_asked_for(folder):
    found = functions(folder, folder / "template.yaml", function="Bills")
    assert found.of(folder / "orders/app.py").spec.memory.mb == 512


def test_the_nearest_folder_that_is_one(folder):
    found = functions(folder, folder / "template.yaml").of(folder / "other/inner/module.py")
    assert found.spec.code == folder / "other"


def test_none_is_refused_with_what_is_wrong_with_the_path(folder):
    lone = folder / "lone"
    lone.mkdir()
    (lone / "module.py").write_text("")
    with pytest.raises(RequestError, match="handler"):
        functions(lone).of(lone / "module.py")
    with pytest.raises(RequestError, match="is not in"):
        functions(lone).of(Path("/module.py"))
