"""Every fenced block of README.md is run, line by line, in a copy of the repository.

``console`` blocks are commands, with ``headstart`` on the path. ``make test`` is only planned (``make -n``), since it
is what runs this; ``my-function``, ``my-function-changed`` and ``event.json`` stand for the reader's own and are made
here; a line with a threshold or a comparison may exit 1, which is an answer. ``toml`` blocks are the
``headstart.toml`` of a function that is then invoked. The ``text`` block is what ``make demo`` prints, but for numbers.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from headstart.infra import config_file

ROOT = Path(__file__).parents[2]
MAY_SAY_NO = ("--max-", "--compare", "--against")
FUNCTION = """
import json


def handler(event, context):
    return {"statusCode": 200, "body": json.dumps(event)}
"""


def blocks(language: str) -> dict[str, str]:
    """The fenced blocks of one language, by their first line."""
    found = re.findall(rf"^```{language}\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    return {block.partition("\n")[0]: block for block in found}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository as a reader would have it, with a function of their own."""
    copy = tmp_path_factory.mktemp("clone")
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in listed.split("\0"):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    for function in ("my-function", "my-function-changed"):
        (copy / function).mkdir()
        (copy / function / "app.py").write_text(FUNCTION)
    (copy / "event.json").write_text(json.dumps({"hello": "world"}))
    return copy


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    planned = command.replace("make test", "make -n test")
    return subprocess.run(
        planned, shell=True, cwd=folder, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False
    )


def test_every_block_is_of_a_language_that_is_run():
    fences = re.findall(r"^```(\S*)$", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert set(fences) == {"console", "toml", "text", ""}
    assert fences.count("") == len(fences) / 2


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("block", blocks("console").values(), ids=blocks("console"))
def test_a_console_block_does_what_it_says(block: str, copy: Path):
    for command in block.splitlines():
        done = run(command, copy)
        assert complaint(command, done) is None
        if command == "make demo":
            shown = without_numbers(done.stdout)
            for excerpt in blocks("text").values():
                assert [line for line in statements(excerpt) if without_numbers(line) not in shown] == []


def statements(excerpt: str) -> list[str]:
    """The lines of an excerpt, those that an indented line continues joined with it."""
    return [line for line in re.sub(r"\n   +", " ", excerpt).splitlines() if line.strip("▒▓█░ ")]


def without_numbers(text: str) -> str:
    """The words of a text: bars gone, each number and each stretch of space alike."""
    return " ".join(re.sub(r"\d[\d,.]*", "#", re.sub(r"[▒▓█░]+", "", text)).split())


@pytest.fixture(params=blocks("toml").values(), ids=blocks("toml"))
def configured(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder with a configuration of the README's and the files that it names."""
    settings = tomllib.loads(request.param)
    (tmp_path / "headstart.toml").write_text(request.param)
    (tmp_path / "app.py").write_text(FUNCTION)
    (tmp_path / settings["function"]["requirements"]).touch()
    for event in settings["events"]:
        (tmp_path / event["file"]).parent.mkdir(exist_ok=True)
        (tmp_path / event["file"]).write_text(json.dumps({"event": event["name"]}))
    return tmp_path


def test_a_toml_block_can_be_read(configured: Path):
    said = tomllib.loads((configured / "headstart.toml").read_text())
    project = config_file.read(configured)
    assert (project.spec.name, project.spec.memory.mb) == (said["function"]["name"], said["function"]["memory_mb"])
    assert [event.name for event in project.events] == [event["name"] for event in said["events"]]
    assert project.traffic.invocations_per_month == said["traffic"]["invocations_per_month"]


@pytest.mark.slow
def test_a_toml_block_configures_an_invocation(configured: Path):
    project = config_file.read(configured)
    for event in project.events:
        done = run(f"headstart invoke . -e events/{event.name}.json", configured)
        assert done.returncode == 0, done.stderr
        assert json.loads(json.loads(done.stdout)["body"]) == {"event": event.name}
        assert f"Memory Size: {project.spec.memory.mb} MB" in done.stderr


def test_an_excerpt_is_told_from_what_is_not_shown():
    shown = without_numbers("█ function init  1,867.6   1,734–2,151\n1. Ship bytecode\n   −1,393 ms (measured)")
    assert without_numbers(statements("1. Ship bytecode\n   −2 ms (measured)")[0]) in shown
    assert without_numbers("1. Ship nothing") not in shown


@pytest.mark.parametrize(
    ("command", "ending", "fine"),
    [
        ("echo done", "", True),
        ("echo done", "; exit 1", False),
        ("echo done # --max-init-ms 800", "\nexit 1", True),
        ("echo done # --max-init-ms 800", "\nexit 2", False),
        ("true", "", False),
    ],
)
def test_what_goes_wrong_is_seen(command: str, ending: str, fine: bool, tmp_path: Path):
    assert (complaint(command, run(command + ending, tmp_path)) is None) == fine


def complaint(command: str, done: subprocess.CompletedProcess[str]) -> str | None:
    """What is wrong with how a command ended, if anything."""
    allowed = {0, 1} if any(flag in command for flag in MAY_SAY_NO) else {0}
    if done.returncode not in allowed:
        return f"{command} exited {done.returncode}\n{done.stdout}\n{done.stderr}"
    return None if done.stdout else f"{command} printed nothing\n{done.stderr}"
