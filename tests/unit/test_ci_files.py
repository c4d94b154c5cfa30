"""The files for GitHub and pre-commit name commands, flags and files that exist."""

import shlex
from pathlib import Path

import pytest
from cli_fixture import Terminal
from ruamel.yaml import YAML

from headstart.cli import app

ROOT = Path(__file__).parents[2]
HOOKS = YAML(typ="safe").load(ROOT / ".pre-commit-hooks.yaml")
WORKFLOW = YAML(typ="safe").load(ROOT / "examples/ci/github-action.yml")
STEPS = WORKFLOW["jobs"]["audit"]["steps"]
AUDIT = next(step["run"] for step in STEPS if step.get("name") == "audit")


@pytest.fixture
def terminal(tmp_path, monkeypatch, capsysbinary):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app.py").write_text("def lambda_handler(event, context):\n    return {}\n")
    return Terminal(tmp_path, capsysbinary)


@pytest.mark.parametrize("command", [AUDIT, *(hook["entry"] for hook in HOOKS)])
def test_each_command_runs(terminal, command):
    program, *words = shlex.split(command)
    assert program == "headstart"
    assert words[0] in app.COMMANDS
    assert terminal.type(*words).code == 0


def test_the_workflow_uploads_what_the_audit_writes(terminal):
    terminal.type(*shlex.split(AUDIT)[1:])
    (upload,) = (step for step in STEPS if "upload-sarif" in step.get("uses", ""))
    (comment,) = (step for step in STEPS if "gh pr comment" in step.get("run", ""))
    assert (terminal.folder / upload["with"]["sarif_file"]).is_file()
    words = shlex.split(comment["run"])
    assert (terminal.folder / words[words.index("--body-file") + 1]).is_file()


def test_the_workflow_may_do_what_it_does_and_no_more():
    assert WORKFLOW["permissions"] == {"contents": "read", "security-events": "write", "pull-requests": "write"}


def test_hooks_have_what_pre_commit_needs_and_look_at_the_whole_project():
    for hook in HOOKS:
        assert {"id", "name", "entry", "language"} <= hook.keys()
        assert (hook["language"], hook["pass_filenames"]) == ("python", False)
    page = (ROOT / "examples/ci/README.md").read_text()
    assert all(f"- id: {hook['id']}\n" in page for hook in HOOKS)
