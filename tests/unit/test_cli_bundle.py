"""``headstart bundle`` on the command line, and what a bundle means to the other commands."""

import json
import sys

import bundle_fixture
import pytest
from cli_fixture import FakeLab, Terminal, function

from headstart.infra import config_file
from headstart.infra.config_file import Overrides
from headstart.model.bundle import BundleFormat, BundleResult, Part, Removal, Shrunk, Spared
from headstart.report import bundle_as_text
from headstart.report.terminal import open_console

MB = 1024 * 1024
TOML = '[function]\nname = "orders"\nhandler = "app.handler"\nmemory_mb = 640\n\n[bundle]\nprune = ["notes/*"]\n'
TEMPLATE = """
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties: {Code: function, Handler: app.handler, Runtime: python3.11, Architectures: [arm64]}
  Other:
    Type: AWS::Lambda::Function
    Properties: {Code: function, Handler: app.handler, Runtime: python3.11}
"""


@pytest.fixture
def terminal(tmp_path, monkeypatch, capsysbinary):
    monkeypatch.chdir(tmp_path)
    bundle_fixture.write(
        function(tmp_path / "function"), {"tests/test_app.py": "", "notes/a.txt": "", "data/b.txt": ""}
    )
    return Terminal(tmp_path, capsysbinary)


def bundled(terminal, *words: str) -> dict:
    said = terminal.type("bundle", "function", "--runtime", "python3.11", "--json", "-", *words)
    assert said.code == 0, said.err
    return json.loads(said.out)


def test_what_was_written_is_shown_and_where_it_is(terminal):
    said = terminal.type("bundle", "function", "-o", "out.zip", "--runtime", "python3.11", "--architecture", "arm64")
    shown = said.out.decode()
    assert said.code == 0
    assert shown.startswith("out.zip  python3.11 on arm64\n")
    assert "1 module with bytecode" in shown
    assert "1 file (0 MB) are not shipped: --explain says which and why" in shown
    assert "handler: app.handler, the only one found" in said.err
    assert "compiling /var/task" in said.err


def test_what_flags_say_comes_to_what_the_file_says(terminal):
    (terminal.folder / "function/headstart.toml").write_text(TOML)
    bundled(terminal, "-o", "out", "--prune", "data/*", "--keep", "tests/*", "--no-sources")
    out = terminal.folder / "out"
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert names == {".headstart-bundle.json", "app.pyc", "headstart.toml", "tests/test_app.pyc"}


def test_a_function_of_a_template_is_bundled_for_its_machine(terminal):
    (terminal.folder / "template.yaml").write_text(TEMPLATE)
    said = terminal.type("bundle", "template.yaml", "--function", "Orders", "-o", "out.zip", "--json", "out.json")
    assert said.code == 0, said.err
    written = json.loads((terminal.folder / "out.json").read_text())
    assert (written["runtime"], written["architecture"], written["format"]) == ("python3.11", "arm64", "zip")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "--output is missing; needed: a .zip or a folder"),
        (("-o", "function/out.zip"), "function/out.zip lies in"),
        (("-o", "out", "--format", "tar"), "--format is 'tar'; allowed: zip, dir, image"),
        (("-o", "out.zip", "--runtime-package", "boto3"), "runtime_packages has 'boto3'"),
        (("-o", "out.zip", "--runtime", "provided.al2023"), "has no module bootstrap|has none|no Python of its own"),
        (("-o", "out.zip", "--requirements", "nowhere.txt"), "nowhere.txt does not exist"),
        (("-o", "out.zip", "--layer", "out.zip"), "are both out.zip"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(terminal, words, why):
    runtime = () if "--runtime" in words else ("--runtime", "python3.11")
    said = terminal.type("bundle", "function", *words, *runtime)
    assert said.code == 2
    assert any(each in said.err for each in why.split("|")), said.err
    assert "hint: " in said.err
    assert [path.name for path in terminal.folder.iterdir()] == ["function"]


def test_a_bundle_says_its_runtime_and_handler_and_flags_win(terminal):
    bundled(terminal, "-o", "out.zip", "--architecture", "arm64")
    project = config_file.resolve(terminal.folder / "out.zip", Overrides())
    spec = project.spec
    assert (spec.runtime, spec.architecture, spec.handler, spec.requirements) == (
        "python3.11",
        "arm64",
        "app.handler",
        None,
    )
    assert "runtime: python3.11, for which out.zip was bundled" in project.said
    assert project.is_bare_bundle
    assert (
        config_file.resolve(terminal.folder / "out.zip", Overrides(runtime="python3.13")).spec.runtime == "python3.13"
    )


def test_the_folder_of_a_bundle_keeps_its_settings_but_installs_nothing_again(terminal):
    settings = TOML.replace("memory", 'runtime = "python3.12"\nrequirements = "requirements.txt"\nmemory')
    bundle_fixture.write(terminal.folder / "function", {"headstart.toml": settings, "requirements.txt": "# none\n"})
    bundled(terminal, "-o", "out")
    project = config_file.read(terminal.folder / "out")
    assert (project.spec.memory.mb, project.spec.runtime, project.spec.requirements) == (640, "python3.11", None)
    assert not project.is_bare_bundle


def test_a_bundle_is_checked_under_the_settings_of_what_it_was_made_of(terminal):
    events = '\n[[events]]\nname = "one"\npayload = 1\n'
    (terminal.folder / "function/headstart.toml").write_text(TOML + events)
    bundled(terminal, "-o", "out.zip")
    lab = FakeLab()
    assert terminal.type("check", "out.zip", "--against", "function", lab=lab).code == 0
    ((old, new), _) = lab.checked[0]
    assert (old.spec.code.name, new.spec.code.name) == ("function", "out.zip")
    assert old.spec.runtime == new.spec.runtime == "python3.11"
    assert old.spec.memory.mb == new.spec.memory.mb == 640
    assert [event.name for event in new.events] == ["one"]
    assert new.spec.requirements is None


RESULT = BundleResult(
    runtime="python3.13",
    architecture="arm64",
    format=BundleFormat.ZIP,
    function=Part(path="out.zip", files=1200, unzipped_bytes=100 * MB, zipped_bytes=30 * MB, digest="0"),
    layer=Part(path="layer.zip", files=12, unzipped_bytes=20 * MB, zipped_bytes=5 * MB, digest="0"),
    other_layers_bytes=5 * MB,
    distributions=("numpy==2.4.6", "pandas==3.1.1"),
    bytecode=900,
    bytecode_bytes=16 * MB,
    removed=(
        *(
            Removal(owner=f"{name}==1.0", why="type stubs", paths=(f"{name}/py.typed",), files=1, size_bytes=10)
            for name in "abcdefgh"
        ),
        Removal(owner="numpy==2.4.6", why="tests", paths=("a/", "b/", "c/", "d/"), files=491, size_bytes=6 * MB),
    ),
    shrunk=(Shrunk(owner="botocore==1.0", why="documentation within models", files=482, saved_bytes=9 * MB),),
    spared=(Spared(path="pkg/tests", because="app.py"),),
)


def shown(capsys, *, is_explained: bool) -> str:
    open_console(sys.stdout).print(bundle_as_text.render(RESULT, is_explained=is_explained))
    return capsys.readouterr().out


def test_the_screen_says_what_is_written_and_what_of_the_limit_it_takes(capsys):
    text = shown(capsys, is_explained=False)
    assert "function      30 MB zipped  100 MB unzipped  1,200 files" in text
    assert "layer          5 MB zipped   20 MB unzipped     12 files" in text
    assert "50 % of the 250 MB that Lambda allows" in text
    assert "499 files (6.0 MB) are not shipped: --explain says which and why" in text
    assert "documentation within models (9 MB) is not shipped" in text
    assert "Not shipped:" not in text


def test_explained_it_has_the_reason_that_saves_most_first(capsys):
    text = shown(capsys, is_explained=True)
    assert text.index("Not shipped: tests  6 MB, 491 files") < text.index("Not shipped: type stubs  0.0 MB, 8 files")
    assert "numpy==2.4.6  a/, b/, c/ and 1 more" in text
    assert "and of 2 more: --json - lists them" in text
    assert "Not shipped: documentation within models  9 MB, in 482 files\n   botocore==1.0\n" in text
    assert "pkg/tests  named in app.py" in text
