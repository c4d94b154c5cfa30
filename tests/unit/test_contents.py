"""What a package ships is the same whether it is read from a folder or from a zip of it."""

import importlib.util
import py_compile
import re
import zipfile
from pathlib import Path

import pytest

from headstart.audit import contents_reader
from headstart.audit.contents import PackagedFile
from headstart.engine import runtime_folder
from headstart.errors import PackageError
from headstart.model import runtime_packages
from headstart.model.function import FunctionSpec
from headstart.model.limits import PYTHON_RUNTIMES
from headstart.model.runtimes import PYTHON_LIFECYCLES

WHEEL = "Wheel-Version: 1.0\nTag: cp311-cp311-manylinux_2_17_x86_64\nTag: cp311-cp311-manylinux2014_x86_64\n"
RECORD = """yaml/__init__.py,,
yaml/cyaml.py,,
_yaml.cpython-311-x86_64-linux-gnu.so,,
../../bin/yaml,,
PyYAML-6.0.dist-info/METADATA,,
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    root = tmp_path / "package"
    write(root / "app.py", "import yaml\n")
    write(root / "yaml/__init__.py", "x = 1\n")
    write(root / "yaml/cyaml.py", "y = 1\n")
    write(root / "_yaml.cpython-311-x86_64-linux-gnu.so", "binary")
    write(root / "PyYAML-6.0.dist-info/METADATA", "Name: PyYAML\n")
    write(root / "PyYAML-6.0.dist-info/WHEEL", WHEEL)
    write(root / "PyYAML-6.0.dist-info/RECORD", RECORD)
    write(root / "requirements.txt", "# ours\nPy_Yaml[fast] == 6.0 # pinned\n-r more.txt\n--no-cache\n./local\n")
    write(root / "more.txt", "requests>=2 ; python_version > '3.9'\n")
    write(root / ".venv/lib/skipped.py", "")
    return root


def test_the_distributions_of_a_folder(package: Path):
    contents = contents_reader.read(package)
    (yaml,) = contents.distributions
    assert (yaml.name, yaml.version, yaml.modules) == ("pyyaml", "6.0", ("_yaml", "yaml"))
    assert yaml.tags == ("cp311-cp311-manylinux_2_17_x86_64", "cp311-cp311-manylinux2014_x86_64")
    assert yaml.size_bytes == len("x = 1\n") + len("y = 1\n") + len("binary") + len("Name: PyYAML\n")
    assert yaml.folder == "PyYAML-6.0.dist-info"
    assert {"app", "yaml", "_yaml"} <= contents.modules()
    assert "skipped" not in str(contents.files)


def test_the_names_that_requirements_would_install(package: Path):
    assert contents_reader.read(package).requirements == ("py-yaml", "requests", "./local")
    elsewhere = package / "more.txt"
    assert contents_reader.read(package, requirements=elsewhere).requirements == ("requests",)
    with pytest.raises(PackageError, match=r"gone\.txt: No such file"):
        contents_reader.read(package, requirements=package / "gone.txt")


def test_what_is_installed_needs_no_build(package: Path):
    write(package / "requirements.txt", "PyYAML==6.0\nredis\n")
    assert contents_reader.read(package).to_install() == ("redis",)


def test_a_zip_reads_like_its_folder(package: Path, tmp_path: Path):
    zipped = tmp_path / "package.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        for file in sorted(package.rglob("*")):
            if ".venv" not in file.parts:
                archive.write(file, file.relative_to(package))
    of_folder, of_zip = contents_reader.read(package), contents_reader.read(zipped)
    assert sorted(of_zip.files, key=str) == sorted(of_folder.files, key=str)
    assert of_zip.requirements == ("py-yaml", "-r more.txt", "./local")
    assert [each.modules for each in of_zip.distributions] == [("_yaml", "yaml")]
    assert of_zip.path_of("app.py") == str(zipped)


def test_layers_bring_what_is_in_their_python_folder(package: Path, tmp_path: Path):
    layer = tmp_path / "layer"
    write(layer / "python/shared.py", "")
    write(layer / "python/lib/python3.13/site-packages/redis/__init__.py", "")
    write(layer / "bin/tool.py", "")
    contents = contents_reader.read(package, [layer])
    assert {"shared", "redis"} <= contents.modules()
    assert "tool" not in contents.modules()
    assert PackagedFile("bin/tool.py", 0) in contents.layers[0]


def test_bytecode_that_depends_on_the_time_of_its_source(package: Path):
    source = package / "yaml/__init__.py"
    py_compile.compile(str(source), invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP)
    py_compile.compile(
        str(package / "app.py"), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH, doraise=True
    )
    stamped = Path(importlib.util.cache_from_source(str(source))).relative_to(package).as_posix()
    assert contents_reader.read(package).timestamped == {stamped}


def test_what_does_not_exist_or_is_no_zip_says_so(tmp_path: Path):
    with pytest.raises(PackageError, match=r"does not exist; needed: a folder or a \.zip"):
        contents_reader.read(tmp_path / "gone.zip")
    write(tmp_path / "text.zip", "no zip")
    with pytest.raises(PackageError, match="cannot be read as a zip"):
        contents_reader.read(tmp_path / "text.zip")


def test_the_runtime_has_what_the_local_runtime_has():
    lock = (Path(runtime_folder.__file__).parent / "runtime-requirements.txt").read_text()
    assert set(re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)) == runtime_packages.RUNTIME_DISTRIBUTIONS.keys()


@pytest.mark.parametrize(
    ("module", "runtime", "is_there"),
    [
        ("json", "python3.9", True),
        ("boto3", "python3.12", True),
        ("tomllib", "python3.10", False),
        ("tomllib", "python3.11", True),
        ("cgi", "python3.12", True),
        ("cgi", "python3.13", False),
        ("distutils", "python3.12", False),
        ("psycopg2", "python3.13", False),
    ],
)
def test_what_each_runtime_can_import(module: str, runtime: str, is_there: bool):
    assert runtime_packages.is_in_runtime(module, runtime) is is_there


def test_every_runtime_that_runs_here_has_its_dates():
    assert set(PYTHON_RUNTIMES) <= PYTHON_LIFECYCLES.keys()
    assert FunctionSpec(name="f", code=Path(), handler="a.b").runtime in PYTHON_LIFECYCLES
    for dates in PYTHON_LIFECYCLES.values():
        assert dates.deprecated <= dates.creation_blocked <= dates.update_blocked


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
