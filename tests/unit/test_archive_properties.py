"""Whatever a zip holds, unpacking it writes nothing outside its folder, and leaves nothing that leads outside."""

import os
import stat
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headstart.engine import archive
from headstart.errors import PackageError

PART = st.sampled_from(["a", "b", "c", "..", ".", "", "C:", "a\\..", "link"])
NAME = st.lists(PART, min_size=1, max_size=4).map("/".join)
KIND = st.sampled_from([stat.S_IFREG | 0o644, stat.S_IFREG | 0o4755, stat.S_IFLNK | 0o777, stat.S_IFDIR | 0o755, 0])
MEMBER = st.tuples(NAME, NAME, KIND)


def write(path: Path, members: list[tuple[str, str, int]]) -> None:
    with zipfile.ZipFile(path, "w") as file:
        for name, content, mode in members:
            member = zipfile.ZipInfo(name or ".")
            member.external_attr = mode << 16
            file.writestr(member, content)


def unpacks(path: Path, into: Path) -> bool:
    try:
        archive.unpack(path, into)
    except PackageError:
        return False
    return True


@given(st.lists(MEMBER, min_size=1, max_size=6))
@settings(max_examples=300, deadline=None)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_nothing_gets_out(members):
    with tempfile.TemporaryDirectory() as name:
        top = Path(name).resolve()
        into = top / "deep" / "into"
        into.mkdir(parents=True)
        write(top / "function.zip", members)
        if unpacks(top / "function.zip", into):
            assert all(Path(os.path.realpath(path)).is_relative_to(into) for path in into.rglob("*"))
        assert sorted(path.name for path in top.iterdir()) == ["deep", "function.zip"]
        assert [path.name for path in (top / "deep").iterdir()] == ["into"]


@given(st.dictionaries(st.text("xyz", min_size=1, max_size=3), st.binary(max_size=200), min_size=1, max_size=5))
@settings(max_examples=100, deadline=None)
def test_plain_files_come_back_as_they_were(contents):
    with tempfile.TemporaryDirectory() as name:
        into = Path(name, "into")
        into.mkdir()
        with zipfile.ZipFile(Path(name, "function.zip"), "w", zipfile.ZIP_DEFLATED) as file:
            for member, content in contents.items():
                file.writestr(f"folder/{member}", content)
        archive.unpack(Path(name, "function.zip"), into)
        assert {path.name: path.read_bytes() for path in (into / "folder").iterdir()} == contents
