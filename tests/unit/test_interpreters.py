import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from headstart.engine import interpreters
from headstart.engine.interpreters import Interpreter, find, installed
from headstart.errors import RuntimeMissingError


def python(version: str, folder: str = "/opt/a") -> Interpreter:
    return Interpreter(executable=Path(folder) / f"python{version}", prefix=Path(folder), version=version)


class Machine:
    """A machine with the given interpreters; counts how often each was asked."""

    def __init__(self, root: Path, answers: dict[str, Interpreter | None]) -> None:
        self.answers = {root / name: answer for name, answer in answers.items()}
        self.asked: list[Path] = []
        for path in self.answers:
            path.touch()

    def candidates(self, runtime: str) -> Iterator[Path]:
        yield Path("/nowhere/python")
        yield from self.answers

    def query(self, path: Path) -> Interpreter | None:
        self.asked.append(path)
        return self.answers[path]

    def find(self, runtime: str) -> Interpreter:
        return find(runtime, candidates=self.candidates, query=self.query)


def test_the_first_that_is_of_the_runtime_is_taken(tmp_path):
    machine = Machine(tmp_path, {"a": python("3.12.1"), "b": python("3.11.7"), "c": python("3.11.9")})
    assert machine.find("python3.11") == python("3.11.7")
    assert machine.asked == [tmp_path / "a", tmp_path / "b"]


def test_what_does_not_answer_is_passed_over(tmp_path):
    machine = Machine(tmp_path, {"shim": None, "real": python("3.13.0")})
    assert machine.find("python3.13").version == "3.13.0"


def test_a_missing_one_names_what_there_is_and_what_to_type(tmp_path):
    machine = Machine(tmp_path, {"a": python("3.12.1"), "b": python("3.11.7"), "old": python("3.6.15")})
    with pytest.raises(RuntimeMissingError) as caught:
        machine.find("python3.14")
    assert "no python3.14 on this machine" in caught.value.message
    assert "python3.11 (/opt/a/python3.11.7), python3.12 (/opt/a/python3.12.1)" in caught.value.message
    assert "3.6" not in caught.value.message
    assert caught.value.hint == "--runtime python3.12, or uv python install 3.14"


def test_a_machine_with_none_says_so(tmp_path):
    machine = Machine(tmp_path, {})
    with pytest.raises(RuntimeMissingError, match="no Python that Lambda runs") as caught:
        machine.find("python3.12")
    assert caught.value.hint == "uv python install 3.12"


def test_installed_has_one_for_each_runtime(tmp_path):
    machine = Machine(tmp_path, {"a": python("3.12.1"), "b": python("3.10.1"), "c": python("3.12.9")})
    found = installed(candidates=machine.candidates, query=machine.query)
    assert [interpreter.version for interpreter in found] == ["3.10.1", "3.12.1"]


def test_candidates_come_from_every_place_in_order(tmp_path):
    for folder in (".pyenv/versions/3.11.2", ".pyenv/versions/3.11.10", ".pyenv/versions/3.12.0"):
        (tmp_path / folder).mkdir(parents=True)
    for folder in ("cpython-3.11.9-linux-x86_64-gnu", "cpython-3.11.9+freethreaded-linux-x86_64-gnu"):
        (tmp_path / ".local/share/uv/python" / folder).mkdir(parents=True)
    found = interpreters.candidates("python3.11", environ={"PATH": "/x:/y"}, home=tmp_path, running="/running/python")
    paths = [str(path).removeprefix(str(tmp_path)) for path in found]
    assert paths[:3] == ["/running/python", "/x/python3.11", "/y/python3.11"]
    assert paths[3:5] == [f"/.pyenv/versions/3.11.{patch}/bin/python3.11" for patch in (10, 2)]
    assert paths[5] == "/.local/share/uv/python/cpython-3.11.9-linux-x86_64-gnu/bin/python3.11"
    assert "/opt/homebrew/bin/python3.11" in paths


def test_the_running_interpreter_is_found_without_its_virtual_environment():
    found = interpreters.query(Path(sys.executable))
    assert found is not None
    assert found.version == ".".join(str(part) for part in sys.version_info[:3])
    assert found.prefix == Path(sys.base_prefix).resolve()
    assert found.executable == found.executable.resolve()
    assert all(folder.is_dir() for folder in (*found.site_dirs, *found.library_dirs))
    if sys.prefix != sys.base_prefix:
        assert not any(folder.is_relative_to(sys.prefix) for folder in found.site_dirs)


@pytest.mark.parametrize("text", ["#!/bin/sh\nexit 127\n", "#!/bin/sh\necho '{}'\n", "not a program"])
def test_what_is_no_python_is_no_interpreter(tmp_path, text):
    program = tmp_path / "python3.11"
    program.write_text(text)
    program.chmod(0o755)
    assert interpreters.query(program) is None
