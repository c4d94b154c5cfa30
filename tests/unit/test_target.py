"""What is installed and compiled for the machine of the function, whatever this one is."""

import asyncio
import hashlib
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
import uv
from bundle_fixture import write

from headstart.engine import interpreters, target, tree
from headstart.engine.install import compile_folder
from headstart.engine.target_tools import TargetTools
from headstart.errors import PackageError, RuntimeMissingError
from headstart.model.function import Architecture, FunctionSpec
from headstart.model.progress import NoProgress

PROJECT = """
[project]
name = "{name}"
version = "1"
requires-python = ">=3.10"
dependencies = {dependencies}
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
{more}
"""
NEWEST = interpreters.installed()[-1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project that another is to require, and the folder of that other."""
    write(
        tmp_path / "greeting",
        {
            "pyproject.toml": PROJECT.format(name="greeting", dependencies="[]", more=""),
            "greeting/__init__.py": "A = 1\n",
        },
    )
    return write(tmp_path / "function", {"app.py": "import greeting\n"})


def install(
    file: Path,
    *,
    runtime: str = NEWEST.runtime,
    architecture: Architecture = Architecture.ARM64,
    built: Sequence[str] = (),
) -> Path:
    into = file.parent.parent / "installed"
    machine = target.of(runtime, architecture)
    asyncio.run(target.install_for(machine, file, into=into, built=built, progress=NoProgress()))
    return into


def requirements(folder: Path, text: str) -> Path:
    return write(folder, {"requirements.txt": text}) / "requirements.txt"


@pytest.mark.parametrize(
    ("runtime", "architecture", "platform", "words"),
    [
        (
            "python3.10",
            Architecture.X86_64,
            "x86_64-manylinux_2_17",
            "python3.10 on x86_64 (Amazon Linux 2, glibc 2.26)",
        ),
        (
            "python3.11",
            Architecture.ARM64,
            "aarch64-manylinux_2_17",
            "python3.11 on arm64 (Amazon Linux 2, glibc 2.26)",
        ),
        (
            "python3.12",
            Architecture.ARM64,
            "aarch64-manylinux_2_34",
            "python3.12 on arm64 (Amazon Linux 2023, glibc 2.34)",
        ),
    ],
)
def test_a_machine_has_the_glibc_of_its_amazon_linux(runtime, architecture, platform, words):
    python = interpreters.Interpreter(executable=Path(), prefix=Path(), version=f"{runtime.removeprefix('python')}.1")
    machine = target.Target(architecture=architecture, interpreter=python)
    assert (machine.platform, str(machine)) == (platform, words)


def test_a_python_that_is_not_here_is_refused_with_the_way_to_get_it():
    with pytest.raises(RuntimeMissingError, match=r"no python3\.99 on this machine") as caught:
        target.of("python3.99", Architecture.ARM64)
    assert "uv python install 3.99" in caught.value.hint


def test_a_project_on_this_disk_is_built(folder):
    assert (install(requirements(folder, "../greeting\n")) / "greeting/__init__.py").is_file()


def test_what_the_lock_file_of_a_project_has_is_installed(folder):
    more = '[tool.uv.sources]\ngreeting = { path = "../greeting" }\n'
    text = PROJECT.format(name="function", dependencies='["greeting", "six<2"]', more=more)
    file = write(folder, {"pyproject.toml": text}) / "pyproject.toml"
    assert target.project_file(folder) == file
    unlocked = target.digests(file)
    subprocess.run([uv.find_uv_bin(), "lock", "-q", "--python", NEWEST.executable], cwd=folder, check=True)
    locked = (folder / "uv.lock").read_text()
    (folder / "uv.lock").write_text(locked.replace("1.17.0", "1.16.0"))
    with pytest.raises(PackageError, match=r"Hash mismatch for `six==1\.16\.0`") as caught:
        install(file)
    assert caught.value.hint
    (folder / "uv.lock").write_text(locked)
    installed = install(file)
    assert {"six.py", "greeting"} <= {path.name for path in installed.iterdir()}
    assert not list(installed.glob("function*"))
    digests = target.digests(file)
    assert digests != unlocked
    write(folder.parent, {"greeting/greeting/__init__.py": "A = 2\n"})
    assert target.digests(file) != digests


def test_a_lock_file_that_is_not_the_projects_is_refused(folder):
    file = write(folder, {"pyproject.toml": PROJECT.format(name="f", dependencies="[]", more="")}) / "pyproject.toml"
    subprocess.run([uv.find_uv_bin(), "lock", "-q", "--python", NEWEST.executable], cwd=folder, check=True)
    file.write_text(PROJECT.format(name="f", dependencies='["six"]', more=""))
    with pytest.raises(PackageError, match=r"uv\.lock cannot be used") as caught:
        install(file)
    assert caught.value.hint == f"cd {folder}; uv lock"


@pytest.mark.parametrize(
    "text",
    [
        "[tool.ruff]\nline-length = 100\n",
        PROJECT.format(name="f", dependencies="[]", more="").replace("dependencies = []\n", ""),
    ],
)
def test_a_pyproject_without_dependencies_is_for_tools_alone(folder, text):
    write(folder, {"pyproject.toml": text})
    assert target.project_file(folder) is None


def test_a_wrong_hash_is_refused(folder):
    file = requirements(folder, f"six==1.17.0 --hash=sha256:{hashlib.sha256(b'other').hexdigest()}\n")
    with pytest.raises(PackageError, match=r"Hash mismatch"):
        install(file)


@pytest.mark.slow
class TestFromTheIndex:
    """With real packages."""

    @pytest.mark.parametrize(
        ("architecture", "machine"), [(Architecture.ARM64, "aarch64"), (Architecture.X86_64, "x86_64")]
    )
    def test_compiled_code_is_for_the_functions_machine(self, folder, architecture, machine):
        installed = install(requirements(folder, "psycopg2-binary==2.9.11\n"), architecture=architecture)
        (module,) = installed.glob("psycopg2/_psycopg.*.so")
        assert f"{NEWEST.runtime.removeprefix('python').replace('.', '')}-{machine}-linux" in module.name

    def test_what_has_no_wheel_is_named_with_what_to_do(self, folder):
        file = requirements(folder, "odfpy==1.4.1\n")
        with pytest.raises(
            PackageError, match=r"cannot be installed for python3\S+ on arm64.*\n.*\n.*odfpy==1\.4\.1 has no"
        ) as caught:
            install(file)
        assert "pin a version of odfpy" in caught.value.hint
        assert "--build odfpy" in caught.value.hint
        assert (install(file, built=["odfpy"]) / "odf").is_dir()

    def test_a_wheel_for_a_newer_glibc_only_is_none(self, folder):
        file = requirements(folder, "numpy==2.4.6 ; python_full_version < '3.12'\n")
        with pytest.raises(PackageError, match=r"glibc 2\.26.*\n.*\n.*numpy\S.*==2\.4\.6 has no") as caught:
            install(file, runtime="python3.11", architecture=Architecture.X86_64)
        assert "--build numpy" in caught.value.hint

    @pytest.mark.parametrize("architecture", Architecture)
    def test_what_was_built_here_has_to_be_pure(self, folder, architecture):
        with pytest.raises(PackageError, match="netifaces") as caught:
            install(requirements(folder, "netifaces==0.11.0\n"), architecture=architecture, built=["netifaces"])
        assert "only a wheel can bring compiled code" in caught.value.hint


@pytest.mark.parametrize("python", interpreters.installed(), ids=lambda python: python.runtime)
def test_the_same_source_is_the_same_bytecode(tmp_path, python):
    words = " | ".join(f"'word {number}'" for number in range(20))
    source = (
        f"def f(x):\n    '''one'''\n    return x in {{{', '.join(words.split(' | '))}}}, 'shared', 1.5, (1, 2), b'x'\n"
    )
    first = write(tmp_path / "first", {"a.py": source, "b/c.py": source + "SHARED = 'shared'\n"})
    second = write(
        tmp_path / "a/longer/place/second",
        {"z.py": "shared = word = 'shared'\n", "a.py": source, "b/c.py": source + "SHARED = 'shared'\n"},
    )
    for root in (first, second):
        asyncio.run(compile_folder(root, interpreter=python, shown_as="/var/task", progress=NoProgress()))
    compiled = [path.relative_to(first) for path in first.rglob("*.pyc")]
    assert len(compiled) == 2
    assert [tree.file_digest(first / path) for path in compiled] == [
        tree.file_digest(second / path) for path in compiled
    ]
    flags = (first / compiled[0]).read_bytes()[4:8]
    assert flags == b"\x01\0\0\0"  # by the hash of the source, which is not checked


def spec(code: Path, **changed: object) -> FunctionSpec:
    settings = {"name": "f", "code": code, "handler": "app.handler", "runtime": NEWEST.runtime}
    return FunctionSpec(**{**settings, **changed})  # type: ignore[arg-type]


def test_what_is_left_out_is_not_copied_and_no_reason_to_build_again(folder):
    tools = [TargetTools(spec(folder), left_out=frozenset({"notes"}), progress=NoProgress()) for _ in range(2)]
    before = tools[0].key()
    write(folder, {"notes/one.md": "", "__pycache__/app.pyc": ""})
    assert tools[1].key() == before
    (folder.parent / "into").mkdir()
    asyncio.run(tools[1].lay_code(folder.parent / "into"))
    assert [path.name for path in (folder.parent / "into").iterdir()] == ["app.py"]
    write(folder, {"app.py": "import greeting as other\n"})
    assert tools[1].key() != before


def test_layers_weigh_what_they_weigh_unzipped(folder):
    write(folder.parent / "layer", {"python/x.py": "12345", "python/__pycache__/x.pyc": "123"})
    subprocess.run(["python3", "-m", "zipfile", "-c", "layer.zip", "layer/python"], cwd=folder.parent, check=True)
    layers = (folder.parent / "layer", folder.parent / "layer.zip")
    assert TargetTools(spec(folder, layers=layers), progress=NoProgress()).layers_bytes() == 16
    (folder.parent / "layer.zip").write_text("no zip")
    with pytest.raises(PackageError, match=r"layer .*layer\.zip cannot be read"):
        TargetTools(spec(folder, layers=layers), progress=NoProgress()).layers_bytes()


def test_a_runtime_without_python_is_refused(folder):
    with pytest.raises(PackageError, match=r"provided\.al2023 has no Python"):
        TargetTools(spec(folder, runtime="provided.al2023"), progress=NoProgress())
