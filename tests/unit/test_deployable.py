"""The package that is deployed: what is in it, for which machine."""

import asyncio
from pathlib import Path

import pytest

from headstart.engine import deployable, interpreters
from headstart.engine.cache import Cache
from headstart.errors import PackageError, RuntimeMissingError
from headstart.model.function import Architecture

RUNTIME = interpreters.installed()[-1]
PROJECT = """
[project]
name = "greeting"
version = "1"

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
"""


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A function that requires a project beside it."""
    library = tmp_path / "greeting"
    (library / "greeting").mkdir(parents=True)
    (library / "pyproject.toml").write_text(PROJECT)
    (library / "greeting/__init__.py").write_text("WORD = 'hello'\n")
    folder = tmp_path / "function"
    (folder / "expected").mkdir(parents=True)
    (folder / "expected/answer.json").write_text("{}")
    (folder / "app.py").write_text("import greeting\ndef handler(event, context):\n    return greeting.WORD\n")
    (folder / "requirements.txt").write_text("../greeting\n")
    return folder


def build(code: Path, architecture: Architecture = Architecture.ARM64, *, runtime: str = RUNTIME.runtime) -> Path:
    building = deployable.build(
        code,
        code / "requirements.txt",
        runtime=runtime,
        architecture=architecture,
        left_out=frozenset({"expected"}),
        cache=Cache(code.parent / "cache"),
    )
    return asyncio.run(building)


def test_it_has_the_code_what_it_requires_and_bytecode_of_the_runtimes_python(code):
    built = build(code)
    assert (built / "app.py").is_file()
    assert (built / "greeting/__init__.py").is_file()
    compiled = RUNTIME.runtime.removeprefix("python").replace(".", "")
    assert (built / f"__pycache__/app.cpython-{compiled}.pyc").is_file()
    assert (built / f"greeting/__pycache__/__init__.cpython-{compiled}.pyc").is_file()
    assert not (built / "expected").exists()


def test_it_is_built_once_until_the_code_or_the_machine_changes(code):
    built = build(code)
    (code / "expected/answer.json").write_text("[]")
    assert build(code) == built
    assert build(code, Architecture.X86_64) != built
    (code / "app.py").write_text("def handler(event, context): ...\n")
    assert build(code) != built


def test_packages_are_those_of_the_functions_machine(code):
    (code / "requirements.txt").write_text("psycopg2-binary==2.9.11\n")
    for architecture, machine in ((Architecture.ARM64, "aarch64"), (Architecture.X86_64, "x86_64")):
        (module,) = build(code, architecture).glob("psycopg2/_psycopg.*.so")
        assert f"{RUNTIME.runtime.removeprefix('python').replace('.', '')}-{machine}-linux" in module.name


def test_what_has_no_wheel_is_refused_with_uvs_reason(code):
    (code / "requirements.txt").write_text("no-such-package-of-ours==1.0\n")
    with pytest.raises(PackageError, match="no-such-package-of-ours"):
        build(code)


def test_a_python_that_is_not_here_is_refused(code):
    with pytest.raises(RuntimeMissingError, match=r"no python3\.99 on this machine"):
        build(code, runtime="python3.99")
