"""What the code reader makes of packages: which files are read, and what cannot be."""

import zipfile
from pathlib import Path

import pytest

from headstart.audit.code.reader import read
from headstart.errors import PackageError


def write(root: Path, **files: str) -> Path:
    """Files by name, with two underscores for a slash."""
    for name, source in files.items():
        path = root / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return root


def test_a_package_is_its_own_modules_by_dotted_name(tmp_path: Path):
    write(tmp_path, app="", orders__create="", tests__test_app="", node_modules__x="", test_orders="", conftest="")
    (tmp_path / "orders/__init__.py").write_text("")
    assert sorted(read(tmp_path).modules) == ["app", "orders", "orders.create"]


def test_what_an_installer_put_there_is_left_out(tmp_path: Path):
    write(tmp_path, app="", requests__api="", six="", layer__python__boto3__session="", layer__python__own="")
    for folder, record in (("", "requests/api.py,,\nsix.py,,\n"), ("layer/python/", "boto3/session.py,,\n")):
        (tmp_path / folder / "x-1.dist-info").mkdir()
        (tmp_path / folder / "x-1.dist-info/RECORD").write_text(record)
    write(tmp_path, env__lib__x="")
    (tmp_path / "env/pyvenv.cfg").write_text("")
    assert sorted(read(tmp_path).modules) == ["app", "layer.python.own"]


def test_patterns_and_a_choice_of_files(tmp_path: Path):
    write(tmp_path, app="", legacy__old="", legacy__older__oldest="")
    assert sorted(read(tmp_path, exclude=["legacy/*"]).modules) == ["app"]
    assert sorted(read(tmp_path, files=[tmp_path / "legacy/old.py"]).modules) == ["legacy.old"]


def test_one_file_is_a_program_of_one_module(tmp_path: Path):
    write(tmp_path, app="import os\nos.getenv('A')\n", other="")
    program = read(tmp_path / "app.py")
    assert [call.name for call in program.every_call()] == ["os.getenv"]
    assert str(next(program.every_call()).place) == f"{tmp_path}/app.py:2"


def test_a_zip_is_read_without_unpacking(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "code.zip", "w") as archive:
        archive.writestr("app.py", "import six\nsix.moves()\n")
        archive.writestr("six.py", "")
        archive.writestr("six-1.dist-info/RECORD", "six.py,,\n")
    assert [call.name for call in read(tmp_path / "code.zip").every_call()] == ["six.moves"]
    (tmp_path / "broken.zip").write_bytes(b"PK")
    with pytest.raises(PackageError, match=r"broken\.zip cannot be read as a zip"):
        read(tmp_path / "broken.zip")


def test_what_cannot_be_read_is_said(tmp_path: Path):
    write(tmp_path, app="", two="print 'x'\n")
    (tmp_path / "nul.py").write_bytes(b"x = 1\0")
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere")
    said = {Path(file).name: why for file, why in read(tmp_path).not_parsed}
    assert said.keys() == {"two.py", "nul.py", "gone.py"}
    assert said["two.py"].startswith("line 1: Missing parentheses")
    assert said["gone.py"] == "No such file or directory"


@pytest.mark.parametrize(
    "source",
    [
        "x = " + " + ".join(["f()"] * 2_000),
        "x = f()" + ".a(1)" * 1_000,
        "def g(x):\n    if x == 0:\n        f()\n" + "".join(f"    elif x == {n}:\n        f()\n" for n in range(600)),
    ],
    ids=["sum", "chain", "elif"],
)
def test_deep_nesting_is_read(source: str, tmp_path: Path):
    program = read(write(tmp_path, app=source))
    assert program.not_parsed == ()
    assert len([*program.every_call()]) > 600


def test_encodings(tmp_path: Path):
    (tmp_path / "latin.py").write_bytes("# coding: latin-1\nprint('é')\n".encode("latin-1"))
    (tmp_path / "bom.py").write_bytes(b"\xef\xbb\xbfprint('x')\r\n")
    program = read(tmp_path)
    assert "é" in program.modules["latin"].source
    assert [call.name for call in program.every_call()] == ["print", "print"]


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["", "bom"])
def test_columns_count_characters_and_lines_end_where_python_ends_them(mark: str, tmp_path: Path):
    (tmp_path / "app.py").write_text(f"{mark}a = 'é\u2028€'; f()\n\f\nb = f'é{{g()}}'\n", "utf-8")
    calls = read(tmp_path).modules["app"].calls
    assert [(call.place.line, call.place.column) for call in calls] == [(1, 12), (3, 9)]
