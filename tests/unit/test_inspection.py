"""What an audit looks at, from whatever path it is given."""

import json
import os
import shutil
import zipfile
from pathlib import Path

import msgspec
import pytest
from results_fixture import check_result

from headstart import inspection
from headstart.errors import ConfigError, TemplateError
from headstart.model.audit import AuditSettings
from headstart.report import as_json

HANDLER = "import helpers\n\n\ndef lambda_handler(event, context):\n    return helpers.answer(event)\n"
HELPERS = "def answer(event):\n    return event\n"


def template(code: str = "src", **properties) -> str:
    function = {"Handler": "app.lambda_handler", "Runtime": "python3.12", "Code": code, **properties}
    resources = {"Orders": {"Type": "AWS::Lambda::Function", "Properties": function}}
    return json.dumps({"Resources": resources})


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with code in src/; the current folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "src").mkdir()
    (tmp_path / "src/app.py").write_text(HANDLER)
    (tmp_path / "src/helpers.py").write_text(HELPERS)
    return tmp_path


def look(path: str = ".", **settings):
    return inspection.look_at(Path(path), AuditSettings(**settings))


@pytest.mark.parametrize("name", ["template.yaml", "template.json", "shop.template.json"])
@pytest.mark.parametrize("path", ["", "file"])
def test_a_template_and_the_code_of_its_functions(project, name, path):
    (project / name).write_text(template())
    subject = look(name if path else ".")
    (function,) = subject.functions
    assert function.declared.id == "Orders"
    assert function.infrastructure is subject.infrastructures[0]
    assert function.handler.full_name == "app.lambda_handler"
    assert (function.program,) == subject.programs
    assert function.handler.place.file == "src/app.py"
    assert sorted(file.name for file in function.contents.files) == ["app.py", "helpers.py"]


def test_functions_that_share_code_share_its_program(project):
    one = json.loads(template())
    one["Resources"]["Payments"] = one["Resources"]["Orders"]
    (project / "template.json").write_text(json.dumps(one))
    subject = look()
    assert len(subject.functions) == 2
    assert len(subject.programs) == 1


def test_code_of_another_language_or_elsewhere_is_left(project):
    (project / "a.template.json").write_text(template(Runtime="nodejs22.x"))
    (function,) = look("a.template.json").functions
    assert (function.program, function.contents) == (None, None)


def test_a_bare_folder(project):
    (function,) = look("src").functions
    assert (function.name, function.declared) == ("app.lambda_handler", None)
    assert function.contents.root == Path("src")


def test_many_functions_that_no_template_describes(project):
    for name in ("a", "b"):
        shutil.copytree(project / "src", project / "functions" / name)
    (project / "common.py").write_text("x = 1\n")
    shutil.rmtree(project / "src")
    subject = look()
    assert [function.handler.place.file for function in subject.functions] == [
        "functions/a/app.py",
        "functions/b/app.py",
    ]
    modules = [sorted(program.modules) for program in subject.programs]
    assert modules == [["common"], ["app", "helpers"], ["app", "helpers"]]
    handler = subject.functions[0]
    assert "helpers.answer" in {each.full_name for each in handler.program.reachable(handler.handler)}


def test_a_handler_in_a_package_imports_from_above_it(project):
    package = project / "shop"
    shutil.move(project / "src", package)
    (package / "__init__.py").write_text("")
    (function,) = look().functions
    assert function.handler.full_name == "shop.app.lambda_handler"


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("def answer(event, context): pass\nhandler = wrap(answer)\n", ["app.handler"]),
        ("from helpers import answer\nlambda_handler = wrap(wrap(answer))\n", []),
        ("class A:\n    def run(self, event, context): pass\nhandler = A().run\n", ["app.handler"]),
        ("from other import handler\n", []),
        ("import logging\nhandler = logging.StreamHandler()\n", []),
        ("def handler(event): pass\ndef lambda_handler(event, context): pass\n", ["app.lambda_handler"]),
    ],
)
def test_a_handler_may_be_assigned(project, source, names):
    (project / "src/other.py").write_text("def handler(event, context, more): pass\n")
    (project / "src/app.py").write_text(source)
    assert [function.name for function in look("src").functions] == names


def test_a_folder_in_which_a_handler_is_assigned_imports_from_itself(project):
    shutil.copytree(project / "src", project / "functions/a")
    shutil.rmtree(project / "src")
    (project / "functions/a/app.py").write_text("from helpers import f\nhandler = wrap(f)\n")
    (project / "functions/a/helpers.py").write_text("def f(event, context): pass\n")
    (function,) = look().functions
    assert (function.name, function.handler.full_name) == ("app.handler", "helpers.f")


def test_a_zip(project):
    with zipfile.ZipFile(project / "f.zip", "w") as archive:
        archive.writestr("app.py", HANDLER)
        archive.writestr("helpers.py", HELPERS)
    (function,) = look("f.zip").functions
    assert function.handler.place.file == "f.zip/app.py"
    assert len(function.contents.files) == 2


def test_a_module_by_itself_has_no_package(project):
    (function,) = look("src/app.py").functions
    assert (function.name, function.contents) == ("app.lambda_handler", None)


def test_headstart_toml_declares_what_it_says_and_nothing_of_a_template(project):
    (project / "headstart.toml").write_text(
        '[function]\ncode = "src"\nhandler = "app.lambda_handler"\n#\ntimeout_s = 9\n\n'
        '[function.environment]\nT = "1"\n'
    )
    subject = look()
    (function,) = subject.functions
    resource = function.declared.resource
    assert (subject.infrastructures, function.infrastructure) == ((), None)
    assert (function.declared.timeout_s, function.declared.memory_mb) == (9, None)
    assert dict(resource.properties) == {
        "Handler": "app.lambda_handler",
        "Timeout": 9,
        "Environment": {"Variables": {"T": "1"}},
    }
    assert str(resource.place_of("Timeout")) == "headstart.toml:5"
    assert str(resource.place_of("Environment", "Variables", "T")) == "headstart.toml:8"
    assert str(resource.place_of("MemorySize")) == "headstart.toml:1"
    assert function.handler.place.file == "src/app.py"


def test_headstart_toml_without_a_handler_has_the_only_one_there_is(project):
    (project / "headstart.toml").write_text('[function]\ncode = "src"\nmemory_mb = 512\n')
    (function,) = look().functions
    assert (function.declared.memory_mb, function.handler.full_name) == (512, "app.lambda_handler")


def test_templates_that_are_named_are_read_instead(project):
    (project / "template.yaml").write_text(template())
    (project / "other.json").write_text(
        template(MemorySize={"Ref": "Size"}).replace("{", '{"Parameters": {"Size": {"Type": "Number"}}, ', 1)
    )
    (function,) = look(templates=(Path("other.json"),), parameters={"Size": "512"}).functions
    assert function.declared.memory_mb == 512


def synth(project: Path) -> Path:
    """What cdk synth would write for the function."""
    out = project / "cdk.out"
    out.mkdir()
    shutil.copytree(project / "src", out / "asset.1")
    (out / "cdk.out").write_text('{"version": "1"}')
    stack = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "Shop.template.json"}}
    (out / "manifest.json").write_text(json.dumps({"version": "1", "artifacts": {"Shop": stack}}))
    code = {"S3Bucket": "assets", "S3Key": "1.zip"}
    content = json.loads(template(code))
    content["Resources"]["Orders"]["Metadata"] = {"aws:asset:path": "asset.1"}
    (out / "Shop.template.json").write_text(json.dumps(content))
    return out


@pytest.mark.parametrize("path", [".", "cdk.out", "cdk.out/Shop.template.json"])
def test_code_that_cdk_copied_is_named_where_it_comes_from(project, path):
    synth(project)
    (function,) = look(path).functions
    assert function.handler.place.file == "src/app.py"
    assert function.contents.root == Path("cdk.out/asset.1")


def test_code_that_has_no_source_is_named_where_it_is(project):
    synth(project)
    (project / "src/app.py").write_text(HANDLER + "# changed since\n")
    (function,) = look().functions
    assert function.handler.place.file == "cdk.out/asset.1/app.py"


def measure(project: Path, *, code: str = "src", handler: str = "app.lambda_handler") -> Path:
    result = check_result()
    facts = msgspec.structs.replace(result.function, code=str(project / code), handler=handler)
    file = project / "headstart-report/report.json"
    file.parent.mkdir()
    file.write_bytes(as_json.encode(msgspec.structs.replace(result, function=facts)))
    return file


def test_the_last_check_of_the_same_code(project):
    measure(project)
    (function,) = look("src").functions
    assert function.measured.function.handler == "app.lambda_handler"


@pytest.mark.parametrize("other", [{"code": "other"}, {"handler": "app.other"}])
def test_a_check_of_something_else_is_none(project, other):
    measure(project, **other)
    (function,) = look("src").functions
    assert function.measured is None


def test_a_check_older_than_the_code_is_not_used_and_said(project):
    file = measure(project)
    os.utime(file, (1, 1))
    subject = look("src")
    assert subject.functions[0].measured is None
    assert subject.said == (
        "headstart-report/report.json is older than the code in src: headstart check measures it again",
    )


def test_a_report_of_another_version_is_passed_over(project):
    measure(project).write_text('{"format": 99}')
    assert look("src").functions[0].measured is None


@pytest.mark.parametrize(
    ("path", "error"), [("gone", ConfigError), ("src/notes.txt", ConfigError), ("broken.yaml", TemplateError)]
)
def test_what_cannot_be_looked_at_is_refused(project, path, error):
    (project / "src/notes.txt").write_text("")
    (project / "broken.yaml").write_text("Resources: [")
    with pytest.raises(error, match=path):
        look(path)
