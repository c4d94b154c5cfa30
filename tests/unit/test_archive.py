import stat
import zipfile
from pathlib import Path

import pytest

from headstart.engine import archive
from headstart.errors import PackageError

REGULAR, LINK, DEVICE, FIFO = stat.S_IFREG, stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO


def make_zip(path: Path, *members: tuple[str, str, int]) -> Path:
    """A zip of (name, content, Unix mode)."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content, mode in members:
            member = zipfile.ZipInfo(name)
            member.create_system = 3
            member.external_attr = mode << 16
            member.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(member, content)
            # For a mode of 0 writestr puts one of its own.
            member.external_attr = mode << 16
    return path


@pytest.fixture
def into(tmp_path):
    folder = tmp_path / "into"
    folder.mkdir()
    return folder


def unpack(into: Path, *members: tuple[str, str, int]) -> None:
    archive.unpack(make_zip(into.parent / "function.zip", *members), into)


def test_files_come_with_content_and_permissions(into):
    unpack(
        into,
        ("app.py", "x = 1", REGULAR | 0o644),
        ("bin/", "", stat.S_IFDIR | 0o750),
        ("bin/run", "#!/bin/sh", REGULAR | 0o755),
        ("private", "", REGULAR | 0o600),
        ("plain", "no mode", 0),
        ("setuid", "", REGULAR | 0o4755),
    )
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in into.rglob("*")}
    assert modes == {
        "app.py": 0o644,
        "bin": 0o750,
        "run": 0o755,
        "private": 0o600,
        "plain": 0o644,
        "setuid": 0o755,
    }
    assert (into / "app.py").read_text() == "x = 1"


def test_links_inside_are_made(into):
    unpack(into, ("lib/libx.so.1", "elf", REGULAR | 0o755), ("lib/libx.so", "libx.so.1", LINK | 0o777))
    assert (into / "lib/libx.so").readlink() == Path("libx.so.1")
    assert (into / "lib/libx.so").read_text() == "elf"


def test_a_link_may_climb_within_the_zip(into):
    unpack(into, ("a/b/link", "../../app.py", LINK | 0o777), ("app.py", "x", REGULAR | 0o644))
    assert (into / "a/b/link").read_text() == "x"


@pytest.mark.parametrize(
    "name",
    ["../evil", "a/../../evil", "/etc/evil", "\\evil", "C:\\evil", "c:evil", "a\\..\\..\\evil", "..", "a/.."],
)
def test_a_member_outside_is_refused_by_name(into, name):
    with pytest.raises(PackageError, match="outside") as caught:
        unpack(into, (name, "evil", REGULAR | 0o644))
    assert repr(name) in caught.value.message
    assert list(into.iterdir()) == []


@pytest.mark.parametrize("target", ["/etc/passwd", "../outside", "a/../../outside", ".."])
def test_a_link_out_is_refused_by_name_and_target(into, target):
    with pytest.raises(PackageError, match="symbolic link out") as caught:
        unpack(into, ("link", target, LINK | 0o777))
    assert repr(target) in caught.value.message


def test_links_that_lead_out_only_together_are_refused(into):
    with pytest.raises(PackageError, match="symbolic link out"):
        unpack(into, ("a/b/up", "../..", LINK | 0o777), ("a/b/out", "up/../outside", LINK | 0o777))


def test_a_circle_of_links_is_harmless(into):
    unpack(into, ("a", "b", LINK | 0o777), ("b", "a", LINK | 0o777))
    assert {path.name for path in into.iterdir()} == {"a", "b"}


def test_nothing_is_written_through_a_link(into):
    with pytest.raises(PackageError, match="'link/evil'"):
        unpack(into, ("link", "/tmp", LINK | 0o777), ("link/evil", "evil", REGULAR | 0o644))
    assert list(into.iterdir()) == []


@pytest.mark.parametrize("names", [("a", "a"), ("a", "./a"), ("a//b", "a/b")])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_twice_is_refused(into, names):
    with pytest.raises(PackageError, match="there twice"):
        unpack(into, *[(name, "x", REGULAR | 0o644) for name in names])


def test_a_file_below_a_file_is_refused(into):
    with pytest.raises(PackageError, match="'a/b'"):
        unpack(into, ("a", "x", REGULAR | 0o644), ("a/b", "x", REGULAR | 0o644))


@pytest.mark.parametrize("kind", [DEVICE, FIFO, stat.S_IFSOCK, stat.S_IFBLK])
def test_devices_are_refused(into, kind):
    with pytest.raises(PackageError, match="'odd' in the zip is a device"):
        unpack(into, ("odd", "", kind | 0o644))


def test_more_than_the_limit_is_refused_with_its_size(into):
    bomb = make_zip(into.parent / "bomb.zip", ("zeros", "0" * 3 * 1024 * 1024, REGULAR | 0o644))
    with pytest.raises(PackageError, match=r"3\.0 MB unzipped; allowed: at most 2 MB"):
        archive.unpack(bomb, into, limit_bytes=2 * 1024 * 1024)


def test_a_member_larger_than_it_says_is_refused(into):
    path = make_zip(into.parent / "lie.zip", ("zeros", "0" * 100_000, REGULAR | 0o644))
    # The uncompressed size stands in the local header and in the central directory.
    path.write_bytes(path.read_bytes().replace((100_000).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    with pytest.raises(PackageError, match="'zeros' in the zip cannot be unpacked"):
        archive.unpack(path, into)
    assert sum(file.stat().st_size for file in into.rglob("*")) <= 10


def test_an_encrypted_member_is_refused(into):
    path = make_zip(into.parent / "secret.zip", ("secret.py", "x", REGULAR | 0o644))
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(PackageError, match=r"'secret\.py' in the zip is encrypted"):
        archive.unpack(path, into)


def test_a_damaged_member_is_named(into):
    path = make_zip(into.parent / "damaged.zip", ("app.py", "print('hello')" * 20, REGULAR | 0o644))
    content = bytearray(path.read_bytes())
    content[45] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(PackageError, match=r"'app\.py' in the zip cannot be unpacked"):
        archive.unpack(path, into)


@pytest.mark.parametrize("content", [b"", b"not a zip"])
def test_what_is_no_zip_is_refused(into, content):
    path = into.parent / "function.zip"
    path.write_bytes(content)
    with pytest.raises(PackageError, match="cannot be read as a zip"):
        archive.unpack(path, into)
