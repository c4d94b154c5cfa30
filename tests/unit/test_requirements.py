"""What requirements files name on this disk."""

import shutil
import sys
from pathlib import Path

import pytest

from headstart.engine import interpreters, package, requirements
from headstart.engine.cache import Cache
from headstart.errors import PackageError
from headstart.model.function import FunctionSpec

# A project that is built without a network: its build backend is a module beside it.
PYPROJECT = """
[project]
name = "greeting"
version = "1.0"

[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
BACKEND = """
import zipfile


def build_wheel(folder, config_settings=None, metadata_directory=None, *, module=None):
    name = "greeting-1.0-py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        if module is None:
            wheel.write("greeting.py", "greeting.py")
        else:
            wheel.writestr("greeting.pth", module)
        wheel.writestr("greeting-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: greeting\\nVersion: 1.0\\n")
        wheel.writestr(
            "greeting-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
        )
        wheel.writestr("greeting-1.0.dist-info/RECORD", "")
    return name


def build_editable(folder, config_settings=None, metadata_directory=None):
    return build_wheel(folder, module="/nowhere")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project beside the folder ``function``."""
    project = tmp_path / "greeting"
    project.mkdir()
    (project / "pyproject.toml").write_text(PYPROJECT)
    (project / "backend.py").write_text(BACKEND)
    (project / "greeting.py").write_text("HELLO = 1\n")
    return project


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    """An empty requirements file in ``function``."""
    (tmp_path / "function").mkdir()
    listed = tmp_path / "function/requirements.txt"
    listed.touch()
    return listed


@pytest.mark.parametrize(
    "line",
    [
        "../greeting",
        "../greeting/",
        "  ../greeting  # ours",
        "-e ../greeting",
        "--editable=../greeting",
        "../greeting[fast]",
        "greeting @ ../greeting",
        "greeting[fast] @ file:../greeting ; python_version > '3'",
        "-e ../greeting#egg=greeting",
        "../function/../greeting",
    ],
)
def test_a_project_is_found_however_it_is_written(project, listed, line):
    listed.write_text(f"six==1.17\n{line}\n")
    read = requirements.read(listed)
    assert (read.files, read.local) == ((listed,), (project,))
    assert "--refresh-package=greeting" in read.options()
    assert ("--no-editable" in read.options()) == line.startswith(("-e", "--e"))


def test_a_url_of_a_file_may_have_escapes(project, listed):
    shutil.copytree(project, project.with_name("two words"))
    listed.write_text(f"greeting @ {project.with_name('two words').as_uri()}\n")
    assert requirements.read(listed).local == (project.with_name("two words"),)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "# ../greeting",
        "six",
        "six==1.17 ; python_version > '3'  # a/b",
        "six @ https://example.com/six/six-1.17.tar.gz",
        "https://example.com/six-1.17-py3-none-any.whl",
        "-e git+https://example.com/six.git@main#egg=six",
        "--index-url https://example.com/simple",
        "--find-links ../greeting",
        "    --hash=sha256:aa/bb",
        "-r https://example.com/more.txt",
        "../nowhere ; python_version < '3'",
    ],
)
def test_what_is_not_on_this_disk_is_left_to_uv(project, listed, line):
    listed.write_text(line)
    assert requirements.read(listed) == requirements.Requirements(files=(listed,))


def test_included_files_are_read_once_and_their_projects_are_relative_to_the_first(project, listed):
    deep = listed.parent / "deep"
    deep.mkdir()
    listed.write_text("-r deep/more.txt\n--constraint=deep/limits.txt")
    (deep / "more.txt").write_text("-r ../requirements.txt\n../greeting")
    (deep / "limits.txt").write_text("six<2")
    read = requirements.read(listed)
    assert (read.files[0], set(read.files)) == (listed, {listed, deep / "more.txt", deep / "limits.txt"})
    assert read.local == (project,)


def test_what_is_not_there_is_named_with_its_place(listed):
    listed.write_text("six\n../gone/greeting\n")
    with pytest.raises(PackageError) as caught:
        requirements.read(listed)
    gone = listed.parent.parent / "gone/greeting"
    assert caught.value.message == f"{listed}, line 2: {gone} does not exist"
    assert caught.value.hint == f"ls {gone.parent.parent}"
    listed.write_text("-r more.txt")
    with pytest.raises(PackageError, match=r"more\.txt: No such file"):
        requirements.read(listed)


def test_only_what_a_build_takes_up_changes_the_digest(project, listed):
    listed.write_text("../greeting")

    def digests() -> list[str]:
        return list(requirements.read(listed).digests())

    before = digests()
    for name in (".git/x", ".venv/x", "__pycache__/x", "build/x", "dist/x", "src/greeting.egg-info/x"):
        (project / name).parent.mkdir(parents=True)
        (project / name).touch()
    assert digests() == before
    (project / "src/build").mkdir()
    (project / "src/build/module.py").touch()
    added = digests()
    assert added != before
    (project / "greeting.py").write_text("HELLO = 2\n")
    assert digests() not in (before, added)


def test_a_project_without_a_name_refreshes_everything(project, listed):
    listed.write_text("../greeting")
    for text in ("[tool]", "not toml"):
        (project / "pyproject.toml").write_text(text)
        assert requirements.read(listed).options() == ["--refresh"]


async def test_a_change_of_a_local_project_is_in_the_next_package(project, listed, tmp_path):
    """uv by itself would take the wheel that it built before."""
    python = interpreters.find(f"python{sys.version_info[0]}.{sys.version_info[1]}")
    spec = FunctionSpec(name="orders", code=listed.parent, handler="app.handler", requirements=listed)
    cache = Cache(tmp_path / "cache")
    listed.write_text("../greeting")
    roots = []
    for text in ("HELLO = 1\n", "HELLO = 2\n", "HELLO = 1\n"):
        (project / "greeting.py").write_text(text)
        built = await package.build(spec, python, cache=cache)
        assert (built.root / "greeting.py").read_text() == text
        roots.append(built.root)
    assert roots[0] == roots[2] != roots[1]


async def test_an_editable_project_is_copied(project, listed, tmp_path):
    python = interpreters.find(f"python{sys.version_info[0]}.{sys.version_info[1]}")
    listed.write_text("-e ../greeting")
    spec = FunctionSpec(name="orders", code=listed.parent, handler="app.handler", requirements=listed)
    built = await package.build(spec, python, cache=Cache(tmp_path / "cache"))
    assert (built.root / "greeting.py").read_text() == "HELLO = 1\n"
    assert not list(built.root.glob("*.pth"))
