import shutil
import sys
import zipfile
from pathlib import Path

import pytest

from headstart.engine import interpreters, package, tree
from headstart.engine.cache import Cache
from headstart.engine.interpreters import Interpreter
from headstart.engine.zipped_size import weigh_zipped
from headstart.errors import PackageError, RequestError
from headstart.model.bundle import MARK
from headstart.model.function import FunctionSpec


class Stages:
    """Remembers the stages that were begun and ended."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.ended: list[str] = []

    def start(self, stage: str, total: int | None = None) -> None:
        self.begun.append(stage)

    def advance(self, stage: str, steps: int = 1) -> None: ...

    def finish(self, stage: str) -> None:
        self.ended.append(stage)


@pytest.fixture(scope="module")
def python() -> Interpreter:
    return interpreters.find(f"python{sys.version_info[0]}.{sys.version_info[1]}")


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


@pytest.fixture
def code(tmp_path):
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "app.py").write_text("def handler(event, context):\n    return 1\n")
    return folder


@pytest.fixture
def wheel(tmp_path):
    """A requirements file that needs no network: one package, in a folder beside it."""
    source = tmp_path / "greeting-1.0-py3-none-any.whl"
    with zipfile.ZipFile(source, "w") as file:
        file.writestr("greeting.py", "HELLO = 'hello'\n")
        file.writestr("app.py", "# gives way to the function's own\n")
        file.writestr("greeting-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n")
        file.writestr("greeting-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr("greeting-1.0.dist-info/RECORD", "")
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"./{source.name}\n")
    return requirements


def spec(code: Path, **settings) -> FunctionSpec:
    return FunctionSpec(name="orders", code=code, handler="app.handler", **settings)


def names(root: Path) -> set[str]:
    return {path.as_posix() for path in tree.files(root, left_out=frozenset())}


async def test_a_folder_is_used_where_it_is(code, cache, python):
    built = await package.build(spec(code), python, cache=cache)
    assert (built.root, built.opt, built.files, built.has_bootstrap) == (code, None, 1, False)
    assert built.unzipped_bytes == (code / "app.py").stat().st_size
    assert not cache.root.exists()


async def test_what_does_not_ship_is_not_weighed(code, cache, python):
    for name in tree.LEFT_OUT:
        (code / name).mkdir()
        (code / name / "x").write_text("x")
    assert (await package.build(spec(code), python, cache=cache)).files == 1


@pytest.mark.parametrize("is_zip", [True, False])
async def test_of_a_zip_or_a_bundle_everything_ships(code, cache, python, tmp_path, is_zip):
    (code / "__pycache__").mkdir()
    (code / "__pycache__/app.pyc").write_bytes(b"x" * 1000)
    (code / MARK).touch()
    shipped = Path(shutil.make_archive(str(tmp_path / "function"), "zip", code)) if is_zip else code
    built = await package.build(spec(shipped), python, cache=cache)
    assert (built.files, built.unzipped_bytes) == (3, 1000 + (code / "app.py").stat().st_size)
    written = zip_file_bytes(built.root, tmp_path / "again.zip")
    weighed = await weigh_zipped(built, spec(shipped), progress=Stages())
    assert weighed == (shipped.stat().st_size if is_zip else written)


async def test_layers_are_a_zip_of_their_own(code, cache, python, tmp_path):
    layer = tmp_path / "layer"
    shutil.copytree(code, layer / "python")
    built = await package.build(spec(code, layers=(layer,)), python, cache=cache)
    parts = [zip_file_bytes(root, tmp_path / f"{number}.zip") for number, root in enumerate((code, layer))]
    assert await weigh_zipped(built, spec(code, layers=(layer,)), progress=Stages()) == sum(parts)


def zip_file_bytes(root, path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for file in (each for each in root.rglob("*") if each.is_file()):
            archive.write(file, file.relative_to(root))
    return path.stat().st_size


async def test_a_zip_is_unpacked_once(code, cache, python, tmp_path):
    path = Path(shutil.make_archive(str(tmp_path / "function"), "zip", code))
    first = await package.build(spec(path), python, cache=cache)
    again = await package.build(spec(path), python, cache=cache)
    assert first == again
    assert names(first.root) == {"app.py"}
    assert first.root.is_relative_to(cache.root)


async def test_a_zip_that_reaches_out_leaves_nothing(cache, python, tmp_path):
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as file:
        file.writestr("../evil.py", "x")
    with pytest.raises(PackageError, match=r"'\.\./evil\.py'"):
        await package.build(spec(tmp_path / "evil.zip"), python, cache=cache)
    assert [path.suffix for path in (cache.root / "zip").iterdir()] == [".lock"]


async def test_code_that_is_not_there_is_said(cache, python, tmp_path):
    with pytest.raises(PackageError, match="none does not exist"):
        await package.build(spec(tmp_path / "none"), python, cache=cache)


async def test_requirements_are_laid_beside_the_code(code, cache, python, wheel):
    (code / "tests").mkdir()
    (code / "tests" / "test_app.py").touch()
    (code / ".git").mkdir()
    (code / ".git" / "config").touch()
    stages = Stages()
    built = await package.build(spec(code, requirements=wheel), python, cache=cache, progress=stages)
    there = names(built.root)
    assert {"app.py", "greeting.py", "tests/test_app.py", "greeting-1.0.dist-info/METADATA"} <= there
    assert not any(".git/" in name or name.endswith(".pyc") for name in there)
    assert "return 1" in (built.root / "app.py").read_text()
    assert stages.begun[0] == "resolving requirements.txt"
    assert stages.begun == stages.ended


async def test_a_change_of_the_code_installs_nothing(code, cache, python, wheel):
    first = await package.build(spec(code, requirements=wheel), python, cache=cache)
    (code / "app.py").write_text("def handler(event, context):\n    return 2\n")
    stages = Stages()
    second = await package.build(spec(code, requirements=wheel), python, cache=cache, progress=stages)
    assert stages.begun == []
    assert second.root != first.root
    assert "return 2" in (second.root / "app.py").read_text()
    assert "return 1" in (first.root / "app.py").read_text()
    assert (second.root / "greeting.py").samefile(first.root / "greeting.py")


async def test_a_change_of_a_local_or_included_requirement_installs_again(code, cache, python, wheel):
    outer = wheel.with_name("outer.txt")
    outer.write_text("-r requirements.txt\n")
    first = await package.build(spec(code, requirements=outer), python, cache=cache)
    wheel.write_text(wheel.read_text() + "# changed\n")
    second = await package.build(spec(code, requirements=outer), python, cache=cache)
    assert first.root != second.root
    assert (second.root / "greeting.py").is_file()


async def test_requirements_that_do_not_resolve_give_the_reason(code, cache, python, wheel):
    wheel.write_text(f"--no-index\n{wheel.read_text()}no-such-package-of-ours==1.0\n")
    with pytest.raises(PackageError) as caught:
        await package.build(spec(code, requirements=wheel), python, cache=cache)
    assert f"requirements.txt cannot be installed for {python.runtime}" in caught.value.message
    assert "no-such-package-of-ours" in caught.value.message
    assert len(caught.value.message.splitlines()) <= 7
    assert caught.value.hint


async def test_requirements_that_are_not_there_are_said(code, cache, python, tmp_path):
    with pytest.raises(PackageError, match="No such file"):
        await package.build(spec(code, requirements=tmp_path / "none.txt"), python, cache=cache)


async def test_one_folder_layer_is_used_where_it_is(code, cache, python, tmp_path):
    (tmp_path / "layer" / "python").mkdir(parents=True)
    built = await package.build(spec(code, layers=(tmp_path / "layer",)), python, cache=cache)
    assert built.opt == tmp_path / "layer"


async def test_layers_are_merged_and_the_later_wins(code, cache, python, tmp_path):
    for name, files in {"one": ("a", "b", "deep/c"), "two": ("b", "deep"), "three": ("d",)}.items():
        for file in files:
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name)
    zipped = Path(shutil.make_archive(str(tmp_path / "three"), "zip", tmp_path / "three"))
    built = await package.build(spec(code, layers=(tmp_path / "one", tmp_path / "two", zipped)), python, cache=cache)
    assert built.opt is not None
    assert {name: (built.opt / name).read_text() for name in names(built.opt)} == {
        "a": "one",
        "b": "two",
        "deep": "two",
        "d": "three",
    }
    assert built.files == 5


async def test_a_bootstrap_is_seen_and_must_be_executable(code, cache):
    bootstrap = code / "bootstrap"
    bootstrap.write_text("#!/bin/sh\n")
    custom = spec(code, runtime="provided.al2023")
    with pytest.raises(PackageError, match="not executable") as caught:
        await package.build(custom, None, cache=cache)
    assert caught.value.hint == f"chmod +x {bootstrap}"
    bootstrap.chmod(0o755)
    assert (await package.build(custom, None, cache=cache)).has_bootstrap


async def test_a_custom_runtime_needs_a_bootstrap(code, cache):
    with pytest.raises(PackageError, match="runs a file named bootstrap"):
        await package.build(spec(code, runtime="provided.al2023"), None, cache=cache)


async def test_bytecode_is_laid_beside_every_module(code, cache, python, tmp_path):
    (code / "broken.py").write_text("def (")
    (tmp_path / "layer" / "python").mkdir(parents=True)
    (tmp_path / "layer" / "python" / "shared.py").write_text("X = 1")
    built = await package.build(spec(code, layers=(tmp_path / "layer",)), python, cache=cache)
    compiled = await package.with_bytecode(built, python, cache=cache)
    [bytecode] = compiled.root.rglob("*.pyc")
    assert bytecode.name.startswith("app.cpython-")
    # Flags 0b01: found by hash, the source never looked at.
    assert bytecode.read_bytes()[4:8] == b"\x01\x00\x00\x00"
    assert compiled.opt is not None
    assert list(compiled.opt.rglob("shared.*.pyc"))
    assert compiled.files == built.files + 2
    assert names(code) == {"app.py", "broken.py"}


async def test_a_cache_that_cannot_be_written_is_said(code, python, tmp_path):
    (tmp_path / "file").touch()
    path = Path(shutil.make_archive(str(tmp_path / "function"), "zip", code))
    with pytest.raises(RequestError, match=r"cannot write the cache .*file/cache: Not a directory") as caught:
        await package.build(spec(path), python, cache=Cache(tmp_path / "file" / "cache"))
    assert "HEADSTART_CACHE_DIR=" in caught.value.hint
