"""headstart init."""

import zipfile

import pytest
from cli_fixture import HANDLER, Terminal, function

from headstart.infra import config_file, settings
from headstart.model.bundle import BundleSettings


@pytest.fixture
def terminal(tmp_path, monkeypatch, capsysbinary):
    monkeypatch.chdir(tmp_path)
    function(tmp_path / "function")
    return Terminal(tmp_path, capsysbinary)


def test_the_file_says_what_was_found_and_what_flags_say(terminal):
    said = terminal.type("init", "function", "--memory", "512")
    assert (said.code, b"function/headstart.toml is written" in said.out) == (0, True)
    project = config_file.read(terminal.folder / "function")
    assert (project.spec.handler, project.spec.memory.mb, project.said) == ("app.handler", 512, ())
    assert [file.name for file in (terminal.folder / "function").iterdir() if "toml" in file.name] == ["headstart.toml"]


def test_a_file_that_is_there_is_not_overwritten(terminal):
    file = terminal.folder / "function/headstart.toml"
    file.write_text("[function]\nmemory_mb = 256 # mine")
    said = terminal.type("init", "function")
    assert (said.code, file.read_text()) == (2, "[function]\nmemory_mb = 256 # mine")
    assert "hint: headstart init function --force" in said.err


def test_force_writes_over_it_and_keeps_what_it_says(terminal):
    (terminal.folder / "function/headstart.toml").write_text("[function]\nmemory_mb = 256")
    assert terminal.type("init", "function", "--force", "--timeout", "9").code == 0
    spec = config_file.read(terminal.folder / "function").spec
    assert (spec.memory.mb, spec.timeout_s) == (256, 9)


def test_force_keeps_what_it_says_of_audits(terminal):
    said = """[audit]
select = ["HS1"]
ignore = ["HS101"]
exclude = ["a/*"]
templates = ["t.yaml"]
account_concurrency = 500
fail_on = "info"
baseline = "old.json"
[audit.severity]
HS102 = "info"
"""
    file = terminal.folder / "function/headstart.toml"
    file.write_text(said)
    before = settings.read(file).audit
    assert terminal.type("init", "function", "--force").code == 0
    assert settings.read(file).audit == before
    assert all(getattr(before, name) for name in before.__struct_fields__), "every key is tried"


def test_force_keeps_what_it_says_of_bundles(terminal):
    said = """[bundle]
keep = ["a/*"]
prune = ["b/*", "c"]
build = ["docopt"]
runtime_packages = ["boto3==1.44.5"]
volatile = ["response.id"]
sources = false
defer = true
preload = true
side_archive = true
initialization = "snap-start"
"""
    file = terminal.folder / "function/headstart.toml"
    file.write_text(said)
    before = settings.read(file).bundle
    assert terminal.type("init", "function", "--force").code == 0
    assert settings.read(file).bundle == before
    assert [name for name in before.__struct_fields__ if getattr(before, name) == getattr(BundleSettings(), name)] == []


def test_the_file_of_a_zip_lies_beside_it(terminal):
    with zipfile.ZipFile(terminal.folder / "orders.zip", "w") as zipped:
        zipped.writestr("app.py", HANDLER)
    assert terminal.type("init", "orders.zip").code == 0
    spec = config_file.read(terminal.folder / "headstart.toml").spec
    assert (spec.code, spec.handler) == (terminal.folder / "orders.zip", "app.handler")


def test_two_handlers_need_a_choice(terminal):
    (terminal.folder / "function/other.py").write_text(HANDLER)
    (terminal.folder / "function/app.py").rename(terminal.folder / "function/first.py")
    said = terminal.type("init", "function")
    assert (said.code, "--handler first.handler" in said.err) == (2, True)
    assert terminal.type("init", "function", "--handler", "first.handler").code == 0


def test_the_settings_of_a_template_are_not_written_out(terminal):
    (terminal.folder / "template.yaml").write_text("Resources: {}")
    (terminal.folder / "function/headstart.toml").write_text('[template]\nfile = "../template.yaml"')
    for path in ("template.yaml", "function"):
        said = terminal.type("init", path, "--force")
        assert said.code == 2
        assert f"{path}: the settings are in a template" in said.err
        assert f"hint: headstart check {path}" in said.err
