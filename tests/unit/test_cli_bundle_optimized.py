"""What ``headstart bundle`` is told by headstart.toml, a template and flags, and the page that it writes."""

import io

import pytest
from cli_fixture import FakeLab, Terminal, function

from headstart.errors import LabError
from headstart.infra import config_file
from headstart.infra.config_file import Overrides
from headstart.model.bundle import BundleFormat, BundleResult, Part
from headstart.model.function import InitializationType
from headstart.model.proof import Verdict
from headstart.model.side_archive import ArchivedPart, SideArchive
from headstart.report import bundle_as_text
from headstart.report.terminal import open_console

MB = 1024 * 1024

TOML = '[function]\nname = "orders"\nhandler = "app.handler"\nruntime = "python3.11"\n\n'
TEMPLATE = """
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties: {{Code: function, Handler: app.handler, Runtime: python3.13{snap_start}}}
  Version:
    Type: AWS::Lambda::Version
    Properties: {{FunctionName: !Ref Orders}}
  Alias:
    Type: AWS::Lambda::Alias
    Properties: {{FunctionName: !Ref Orders, FunctionVersion: !GetAtt Version.Version, Name: live{provisioned}}}
"""
SCALED = """
  Target:
    Type: AWS::ApplicationAutoScaling::ScalableTarget
    Properties:
      ServiceNamespace: lambda
      ScalableDimension: lambda:function:ProvisionedConcurrency
      ResourceId: !Sub function:${Orders}:live
      MinCapacity: 1
      MaxCapacity: 9
"""


@pytest.fixture
def terminal(tmp_path, monkeypatch, capsysbinary):
    monkeypatch.chdir(tmp_path)
    function(tmp_path / "function")
    return Terminal(tmp_path, capsysbinary)


def test_a_page_of_before_and_after_is_written(terminal):
    lab = FakeLab()
    words = ("-o", "out.zip", "--runtime", "python3.11", "--report", "pages/bundle.html", "-e", "s3-put")
    said = terminal.type("bundle", "function", *words, lab=lab)
    assert said.code == 0, said.err
    ((old, new), _), *more = lab.checked
    assert not more
    assert (old.spec.code.name, new.spec.code.name) == ("function", "out.zip")
    assert new.events == old.events != ()
    assert "Before and after" in (terminal.folder / "pages/bundle.html").read_text()
    assert [path.name for path in (terminal.folder / "pages").iterdir()] == ["bundle.html"]
    assert "Report: pages/bundle.html" in said.err


def test_the_image_that_was_written_is_what_is_run_for_the_page(terminal):
    lab = FakeLab()
    words = ("-o", "out", "--format", "image", "--runtime", "python3.11", "--report", "bundle.html")
    assert terminal.type("bundle", "function", *words, lab=lab).code == 0
    assert (lab.checked[0][0][1].spec.code / "app.py").is_file()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("-o", "out.zip", "--report", "function"), "--report function is a folder"),
        (("--preload", "--dry-run", "--report", "a.html"), "--report with --dry-run"),
        (("-o", "out.zip", "--report", "function/app.py/a.html"), "cannot be written"),
    ],
)
def test_a_page_that_cannot_be_is_refused_before_anything_is_built(terminal, words, why):
    said = terminal.type("bundle", "function", "--runtime", "python3.11", *words)
    assert said.code == 2
    assert why in said.err
    assert "compiling" not in said.err


@pytest.mark.parametrize("key", ["defer", "preload", "side_archive"])
def test_flags_win_over_what_the_file_asks_for(terminal, key):
    (terminal.folder / "function/headstart.toml").write_text(f"{TOML}[bundle]\n{key} = true\n")
    asked = terminal.type("bundle", "function", "-o", "out.zip", lab=FakeLab(fault=LabError("it was opened")))
    assert (asked.code, "it was opened" in asked.err) == (70, True), asked.err
    lab = FakeLab()
    said = terminal.type("bundle", "function", "-o", "out.zip", f"--no-{key.replace('_', '-')}", lab=lab)
    assert (said.code, lab.entered) == (0, 0), said.err


def test_where_python_compiles_anew_there_is_no_side_archive(terminal):
    (terminal.folder / "function/headstart.toml").write_text(f'{TOML}environment = {{PYTHONOPTIMIZE = "1"}}\n')
    lab = FakeLab()
    said = terminal.type("bundle", "function", "-o", "out.zip", "--side-archive", lab=lab)
    assert (said.code, lab.entered) == (0, 0), said.err
    assert "Side archive  nothing: under PYTHONOPTIMIZE Python does not use the bundle's bytecode" in said.out.decode()


def test_an_initialization_type_that_is_none_is_refused(terminal):
    (terminal.folder / "function/headstart.toml").write_text(f'{TOML}[bundle]\ninitialization = "warm"\n')
    said = terminal.type("bundle", "function", "-o", "out.zip")
    assert said.code == 2
    assert "initialization is 'warm'; allowed: on-demand, provisioned-concurrency, snap-start" in said.err


@pytest.mark.parametrize(
    ("snap_start", "provisioned", "more", "declared"),
    [
        ("", "", "", "on-demand"),
        (", SnapStart: {ApplyOn: PublishedVersions}", "", "", "snap-start"),
        (", SnapStart: {ApplyOn: None}", "", "", "on-demand"),
        ("", ", ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 2}", "", "provisioned-concurrency"),
        ("", "", SCALED, "provisioned-concurrency"),
    ],
)
def test_a_template_declares_the_initialization_type(terminal, snap_start, provisioned, more, declared):
    file = terminal.folder / "template.yaml"
    file.write_text(TEMPLATE.format(snap_start=snap_start, provisioned=provisioned) + more)
    assert config_file.resolve(file, Overrides()).initialization is InitializationType(declared)


def test_headstart_toml_declares_the_initialization_type(terminal):
    file = terminal.folder / "function/headstart.toml"
    for table, declared in (
        ("", "on-demand"),
        ("[infrastructure.provisioned]\nexecutions = 2\n", "provisioned-concurrency"),
    ):
        file.write_text(f"{TOML}{table}")
        assert config_file.read(file).initialization is InitializationType(declared)


def test_what_is_archived_is_told_by_package_and_explained_by_module():
    modules = tuple(f"big/part{number}.py" for number in range(7))
    parts = tuple(ArchivedPart(owner=f"big{number}==1.0", modules=1, size_bytes=3 * MB) for number in range(7))
    archive = SideArchive(
        events=("one", "two"), modules=modules, parts=parts, saved_bytes=9 * MB, saved_files=13, proof=Verdict.SAME
    )
    part = Part(path="out.zip", files=1, unzipped_bytes=1, zipped_bytes=1, digest="")
    result = BundleResult(
        runtime="python3.13", architecture="arm64", format=BundleFormat.ZIP, function=part, archive=archive
    )
    brief, explained = (shown(result, is_explained=explains) for explains in (False, True))
    assert "Side archive  7 modules that none of your 2 events loaded: 9 MB and 13 files less, unzipped" in brief
    assert "behaviour: same" in brief
    assert "and of 2 more: --explain has every module" in brief
    assert "big/part6.py" not in brief
    assert "big/part6.py" in explained
    assert "big6==1.0" in explained


def shown(result: BundleResult, *, is_explained: bool) -> str:
    stream = io.StringIO()
    open_console(stream).print(bundle_as_text.render(result, is_explained=is_explained))
    return stream.getvalue()
