"""A bundle as it is written: the same bytes each time, whole or not at all, and refused where Lambda would."""

import json
import os
import stat
import subprocess
import zipfile
from pathlib import Path

import pytest
from bundle_fixture import RUNTIME, bundle, distribution, order, write

from headstart.engine import archive, interpreters
from headstart.errors import ConfigError, PackageError, RequestError
from headstart.infra import bundle_facts
from headstart.model.bundle import BundleFormat, BundleSettings

APP = "import pkg\n\ndef handler(event, context):\n    return pkg.answer(event)\n"
PKG = "def answer(event):\n    return {'answer': event}\n"
OLD_S = 1_000_000_000


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    root = tmp_path / "installed"
    distribution(root, "pkg", {"pkg/__init__.py": PKG, "pkg/tests/__init__.py": "", "pkg/LICENSE": "free"})
    return root


@pytest.fixture
def code(tmp_path: Path) -> Path:
    return write(tmp_path / "function", {"app.py": APP, "run.sh": "#!/bin/sh\n", "page.html": "hello"})


def names(file: Path) -> list[str]:
    with zipfile.ZipFile(file) as opened:
        return opened.namelist()


def answer(*folders: Path, flags: tuple[str, ...] = ()) -> tuple[str, str]:
    """What the handler says to 1, by the Python that it was bundled for, and what that Python says with ``flags``."""
    program = f"import sys; sys.path[:0] = {list(map(str, folders))}; import app; print(app.handler(1, None))"
    python = interpreters.find(RUNTIME).executable
    done = subprocess.run([python, "-I", "-B", *flags, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.strip(), done.stderr


def test_it_has_code_and_dependencies_with_bytecode_in_the_order_of_names(installed, code, tmp_path):
    result = bundle(installed, code, order(tmp_path / "out.zip"))
    found = names(tmp_path / "out.zip")
    assert found == sorted(found)
    assert {"app.py", "__pycache__/app.cpython-311.pyc", "pkg/__pycache__/__init__.cpython-311.pyc"} <= set(found)
    assert {"pkg/LICENSE", "pkg-1.0.dist-info/METADATA", "page.html"} <= set(found)
    assert not any("tests" in name or "INSTALLER" in name for name in found)
    assert (result.bytecode, result.distributions, result.function.files) == (2, ("pkg==1.0",), len(found))
    assert result.function.zipped_bytes == (tmp_path / "out.zip").stat().st_size


def test_the_same_is_the_same_bytes_wherever_whenever_and_by_whomever(installed, code, tmp_path):
    first = bundle(installed, code, order(tmp_path / "first.zip"))
    for root in (installed, code):
        for path in root.rglob("*"):
            os.utime(path, (OLD_S, OLD_S))
    (code / "app.py").chmod(0o600)
    (tmp_path / "elsewhere").mkdir()
    before = os.umask(0o077)
    try:
        second = bundle(installed, code, order(tmp_path / "elsewhere/second.zip"))
        folders = [bundle(installed, code, order(tmp_path / name)) for name in ("a", "b")]
    finally:
        os.umask(before)
    assert (tmp_path / "first.zip").read_bytes() == (tmp_path / "elsewhere/second.zip").read_bytes()
    assert first.function.digest == second.function.digest
    assert folders[0].function.digest == folders[1].function.digest
    (code / "page.html").write_text("good day")
    assert bundle(installed, code, order(tmp_path / "first.zip")).function.digest != first.function.digest


def test_dates_and_modes_are_those_of_lambda_not_of_this_user(installed, code, tmp_path):
    (code / "run.sh").chmod(0o700)
    bundle(installed, code, order(tmp_path / "out.zip"))
    with zipfile.ZipFile(tmp_path / "out.zip") as opened:
        members = {member.filename: member for member in opened.infolist()}
    assert {member.date_time for member in members.values()} == {(1980, 1, 1, 0, 0, 0)}
    modes = {name: stat.S_IMODE(members[name].external_attr >> 16) for name in ("run.sh", "page.html")}
    assert modes == {"run.sh": 0o755, "page.html": 0o644}
    bundle(installed, code, order(tmp_path / "out"))
    assert stat.S_IMODE((tmp_path / "out/run.sh").stat().st_mode) == 0o755
    assert stat.S_IMODE((tmp_path / "out/pkg").stat().st_mode) == 0o755


def test_its_bytecode_is_what_python_runs_whatever_the_dates(installed, code, tmp_path):
    bundle(installed, code, order(tmp_path / "out"))
    for path in (tmp_path / "out").rglob("*.py"):
        os.utime(path, (OLD_S, OLD_S))
    said, told = answer(tmp_path / "out", flags=("-v",))
    assert said == "{'answer': 1}"
    for module in ("app", "pkg/__init__"):
        folder, _, stem = f"{tmp_path}/out/{module}".rpartition("/")
        assert f"code object from '{folder}/__pycache__/{stem}.cpython-311.pyc'" in told or (
            f"{folder}/__pycache__/{stem}.cpython-311.pyc matches" in told
        )
    # Unchecked: a source that changed is not even looked at.
    (tmp_path / "out/pkg/__init__.py").write_text("raise SystemExit('compiled again')\n")
    assert answer(tmp_path / "out")[0] == "{'answer': 1}"


def test_tracebacks_name_the_place_on_lambda(installed, code, tmp_path):
    bundle(installed, code, order(tmp_path / "out"))
    assert b"/var/task/pkg/__init__.py" in (tmp_path / "out/pkg/__pycache__/__init__.cpython-311.pyc").read_bytes()


def test_without_sources_it_runs_and_says_what_that_costs(installed, code, tmp_path):
    write(code, {"template.py": "{% if python %}"})
    wanted = order(tmp_path / "out", settings=BundleSettings(sources=False))
    result = bundle(installed, code, wanted)
    assert [path.name for path in (tmp_path / "out").rglob("*.py")] == ["template.py"]
    assert answer(tmp_path / "out")[0] == "{'answer': 1}"
    assert result.not_compiled == ("/var/task/template.py",)
    assert ["traceback" in said for said in result.said] == [True, False]
    assert "cannot compile /var/task/template.py" in result.said[1]


def test_a_layer_has_the_dependencies_where_a_layers_modules_are_found(installed, code, tmp_path):
    result = bundle(installed, code, order(tmp_path / "out.zip", layer=tmp_path / "layer.zip"))
    assert "pkg/__init__.py" not in names(tmp_path / "out.zip")
    in_layer = [name for name in names(tmp_path / "layer.zip") if not name.startswith(".")]
    assert all(name.startswith("python/") for name in in_layer)
    assert "python/pkg/__pycache__/__init__.cpython-311.pyc" in in_layer
    for name in ("out", "layer"):
        (tmp_path / name).mkdir()
        archive.unpack(tmp_path / f"{name}.zip", tmp_path / name)
    assert answer(tmp_path / "out", tmp_path / "layer/python")[0] == "{'answer': 1}"
    assert b"/opt/python/pkg" in (tmp_path / "layer/python/pkg/__pycache__/__init__.cpython-311.pyc").read_bytes()
    assert result.layer is not None
    assert result.unzipped_bytes == result.function.unzipped_bytes + result.layer.unzipped_bytes


def test_an_image_has_the_package_beside_its_dockerfile(installed, code, tmp_path):
    bundle(installed, code, order(tmp_path / "context", format=BundleFormat.IMAGE))
    dockerfile = (tmp_path / "context/Dockerfile").read_text()
    assert "FROM public.ecr.aws/lambda/python:3.11\nCOPY function/ ${LAMBDA_TASK_ROOT}/\n" in dockerfile
    assert 'CMD ["app.handler"]' in dockerfile
    assert "--platform linux/amd64" in dockerfile
    assert answer(tmp_path / "context/function")[0] == "{'answer': 1}"


def test_the_functions_own_file_wins_over_a_dependencys(installed, code, tmp_path):
    distribution(installed, "other", {"page.html": "theirs", "app.py": "raise SystemExit", "run.sh/x.py": ""})
    bundle(installed, code, order(tmp_path / "out"))
    assert (tmp_path / "out/page.html").read_text() == "hello"
    assert (tmp_path / "out/run.sh").is_file()
    assert answer(tmp_path / "out")[0] == "{'answer': 1}"


def test_what_the_code_vendors_is_pruned_as_what_is_installed(code, tmp_path):
    (tmp_path / "nothing").mkdir()
    distribution(code, "pkg", {"pkg/__init__.py": PKG, "pkg/tests/__init__.py": "", "pkg/x.pyi": ""})
    result = bundle(tmp_path / "nothing", code, order(tmp_path / "out"))
    assert result.distributions == ("pkg==1.0",)
    assert not (tmp_path / "out/pkg/tests").exists()
    assert not (tmp_path / "out/pkg/x.pyi").exists()


def test_a_library_that_is_there_twice_is_a_link_to_the_first(installed, code, tmp_path):
    library, other = b"\x7fELF" + bytes(5000), b"\x7fELF" + bytes(5001)
    distribution(installed, "a", {"a.libs/libx-1.so.3": library, "a.libs/liby.so": library, "a/_m.so": library})
    distribution(installed, "b", {"b.libs/libx-1.so.3": library, "b.libs/libz.so": other, "b/_m.so": library})
    result = bundle(installed, code, order(tmp_path / "out"))
    assert [
        path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if path.is_symlink()
    ] == ["b.libs/libx-1.so.3"]
    assert (tmp_path / "out/b.libs/libx-1.so.3").read_bytes() == library
    assert [(each.owner, each.size_bytes) for each in result.removed if "twice" in each.why] == [
        ("b==1.0", len(library))
    ]
    bundle(installed, code, order(tmp_path / "out.zip"))
    (tmp_path / "unpacked").mkdir()
    archive.unpack(tmp_path / "out.zip", tmp_path / "unpacked")
    assert (tmp_path / "unpacked/b.libs/libx-1.so.3").read_bytes() == library


def test_a_bundle_says_what_it_is_for(installed, code, tmp_path):
    for output in (tmp_path / "out", tmp_path / "out.zip"):
        bundle(installed, code, order(output))
        facts = bundle_facts.read(output)
        assert facts is not None
        assert (facts.runtime, facts.architecture, facts.handler) == (RUNTIME, "x86_64", "app.handler")
    assert bundle_facts.read(code) is None
    assert bundle_facts.read(code / "run.sh") is None
    assert bundle_facts.read(tmp_path / "nowhere") is None


MB = 1024 * 1024


def test_what_is_too_large_is_refused_with_the_largest_and_a_way_out(installed, code, tmp_path):
    distribution(installed, "large", {"large/model.bin": bytes(3 * MB)}, version="2.0")
    wanted = order(tmp_path / "out.zip")
    with pytest.raises(
        PackageError, match=r"is 250\.0 MB unzipped, 247\.0 MB of it layers.*Largest.*large==2\.0 3\.0 MB"
    ) as caught:
        bundle(installed, code, wanted, layers_bytes=247 * MB)
    assert "--format image" in caught.value.hint
    assert not (tmp_path / "out.zip").exists()
    tried = bundle(installed, code, order(tmp_path / "tried", may_exceed=True), layers_bytes=247 * MB)
    assert tried.unzipped_bytes > 250 * MB
    write(installed, {"pkg/__init__.py": "# " + "much to say " * MB + "\n" + PKG})
    with pytest.raises(PackageError) as caught:
        bundle(installed, code, wanted, layers_bytes=237 * MB)
    assert "--no-sources saves 12." in caught.value.hint
    bundle(installed, code, order(tmp_path / "context", format=BundleFormat.IMAGE), layers_bytes=237 * MB)
    assert bundle(installed, code, wanted, layers_bytes=230 * MB).other_layers_bytes == 230 * MB


def test_a_zip_that_only_s3_takes_is_told(installed, code, tmp_path):
    (code / "model.bin").write_bytes(os.urandom(51 * MB))
    (said,) = bundle(installed, code, order(tmp_path / "out.zip")).said
    assert "more than 50 MB cannot be uploaded directly, only through S3" in said


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("function/out.zip", r"function/out\.zip lies in .*, so that the next bundle"),
        ("function/sub/out", "so that the next bundle"),
        ("function", "so that the next bundle"),
        (".", "and would take its place"),
        ("other", "is there and is no bundle"),
        ("other.zip", "is there and is no bundle"),
        ("other/folder.zip", "is a folder, and a zip is to be written"),
        ("other/file", "is a file, and a folder is to be written"),
    ],
)
def test_an_output_that_would_do_harm_is_refused_before_anything_is_built(installed, code, tmp_path, name, why):
    write(tmp_path, {"other/file": "mine", "other/folder.zip/file": "mine", "other.zip": b"PK mine"})
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ConfigError, match=why) as caught:
        bundle(tmp_path / "not asked", code, order(tmp_path / name))
    assert caught.value.hint
    assert sorted(tmp_path.rglob("*")) == before


def test_a_layer_needs_a_place_of_its_own_and_no_image(code, tmp_path):
    with pytest.raises(ConfigError, match="--layer and --output are both"):
        bundle(tmp_path, code, order(tmp_path / "out.zip", layer=tmp_path / "./out.zip"))
    with pytest.raises(ConfigError, match="a container image has no layers"):
        bundle(tmp_path, code, order(tmp_path / "out", format=BundleFormat.IMAGE, layer=tmp_path / "layer.zip"))


@pytest.mark.parametrize("name", ["out.zip", "out"])
def test_a_bundle_is_written_over_by_the_next_and_what_is_not_ours_by_force(installed, code, tmp_path, name):
    output = tmp_path / name
    write(tmp_path, {name if name.endswith(".zip") else f"{name}/mine.txt": "mine"})
    bundle(installed, code, order(output, is_forced=True))
    first = bundle(installed, code, order(output))
    assert not (tmp_path / "out/mine.txt").exists()
    (code / "page.html").unlink()
    assert bundle(installed, code, order(output)).function.files == first.function.files - 1
    assert {path.name for path in tmp_path.iterdir()} == {"installed", "function", name}


def test_nothing_of_a_bundle_that_failed_is_left_and_the_old_one_stays(installed, code, tmp_path):
    bundle(installed, code, order(tmp_path / "out.zip"))
    before = (tmp_path / "out.zip").read_bytes()
    with pytest.raises(PackageError):
        bundle(installed, code, order(tmp_path / "out.zip"), layers_bytes=250 * MB)
    assert (tmp_path / "out.zip").read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"installed", "function", "out.zip"}


def test_a_place_that_cannot_be_written_is_told(code, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RequestError, match="cannot be written") as caught:
        bundle(tmp_path, code, order(tmp_path / "file/out.zip"))
    assert caught.value.hint


def test_code_that_cannot_be_read_is_told(installed, tmp_path):
    with pytest.raises(PackageError, match=r"nowhere cannot be read: No such file"):
        bundle(installed, tmp_path / "nowhere", order(tmp_path / "out.zip"))


def test_the_facts_are_json(installed, code, tmp_path):
    bundle(installed, code, order(tmp_path / "out"))
    assert json.loads((tmp_path / "out/.headstart-bundle.json").read_text())["distributions"] == ["pkg==1.0"]
