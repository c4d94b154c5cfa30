"""Unpacks a zip as AWS Lambda would, and refuses what could reach outside the folder it is unpacked into."""

import re
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from headstart.errors import PackageError
from headstart.model import limits

LIMIT_BYTES = limits.PACKAGE_UNZIPPED_MB_MAX * 1024 * 1024
_CHUNK_BYTES = 1024 * 1024
_LINK_TARGET_BYTES_MAX = 4095
_ENCRYPTED = 0x1
_OUTSIDE = re.compile(r"^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)")
_KINDS = (0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK)
_ZIP_AGAIN = "make the zip again, from inside the function's folder: zip -r ../function.zip ."

Members = Sequence[zipfile.ZipInfo]


def unpack(zip_path: Path, into: Path, *, limit_bytes: int = LIMIT_BYTES) -> None:
    """Unpack ``zip_path`` into the existing, empty folder ``into``, with permissions; links inside it are made.

    Raises:
        PackageError: not a zip, larger than ``limit_bytes`` unzipped, encrypted, damaged, or a member that is no
            file, folder or link, that is there twice, or that lies or points outside; the message names the member.
    """
    try:
        archive = zipfile.ZipFile(zip_path)
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        raise PackageError(f"{zip_path} cannot be read as a zip: {error}", hint=_ZIP_AGAIN) from error
    with archive:
        members = archive.infolist()
        _check_size(members, limit_bytes)
        for member in members:
            _check(member)
        _check_names(members)
        links = [member for member in members if _is_link(member)]
        for member in members:
            with _naming(member):
                if member.is_dir():
                    (into / member.filename).mkdir(parents=True, exist_ok=True)
                elif member not in links:
                    _write_file(archive, member, into=into)
        # Links come last: while files are written there is no link that could lead them outside.
        for member in links:
            with _naming(member):
                _make_link(archive, member, into=into)
        _check_links(links, into)
        _set_folder_modes(members, into)


def _refuse(member: zipfile.ZipInfo, why: str, *, hint: str = _ZIP_AGAIN) -> PackageError:
    return PackageError(f"{member.filename!r} in the zip {why}", hint=hint)


@contextmanager
def _naming(member: zipfile.ZipInfo) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError, RuntimeError) as error:
        raise _refuse(member, f"cannot be unpacked: {error}") from error


def _check_size(members: Members, limit_bytes: int) -> None:
    total_bytes = sum(member.file_size for member in members)
    if total_bytes > limit_bytes:
        mb = 1024 * 1024
        raise PackageError(
            f"the zip is {total_bytes / mb:,.1f} MB unzipped; allowed: at most {limit_bytes / mb:,.0f} MB, "
            "code and layers together",
            hint="leave out what the function does not need: tests, documentation, unused packages",
        )


def _mode(member: zipfile.ZipInfo) -> int:
    return member.external_attr >> 16


def _is_link(member: zipfile.ZipInfo) -> bool:
    return stat.S_IFMT(_mode(member)) == stat.S_IFLNK


def _check(member: zipfile.ZipInfo) -> None:
    if not member.filename or _OUTSIDE.search(member.filename):
        raise _refuse(member, "lies outside the zip's own folder")
    if member.flag_bits & _ENCRYPTED:
        raise _refuse(member, "is encrypted; Lambda cannot read it")
    if stat.S_IFMT(_mode(member)) not in _KINDS:
        raise _refuse(member, "is a device, pipe or socket; allowed: files, folders and symbolic links")
    if _is_link(member) and member.file_size > _LINK_TARGET_BYTES_MAX:
        raise _refuse(member, f"is a symbolic link whose target has {member.file_size:,} bytes")


def _check_names(members: Members) -> None:
    """Each file once, and nothing below what is a file or a link."""
    leaves: set[PurePosixPath] = set()
    for member in members:
        path = PurePosixPath(member.filename)
        if not member.is_dir() and path in leaves:
            raise _refuse(member, "is there twice")
        if not member.is_dir():
            leaves.add(path)
    for member in members:
        path = PurePosixPath(member.filename)
        above = (path, *path.parents) if member.is_dir() else path.parents
        if not leaves.isdisjoint(above):
            raise _refuse(member, "lies below another member that is no folder")


def _write_file(archive: zipfile.ZipFile, member: zipfile.ZipInfo, *, into: Path) -> None:
    path = into / member.filename
    path.parent.mkdir(parents=True, exist_ok=True)
    left_bytes = member.file_size
    with archive.open(member) as source, path.open("xb") as target:
        while chunk := source.read(_CHUNK_BYTES):
            left_bytes -= len(chunk)
            if left_bytes < 0:
                raise zipfile.BadZipFile("it is larger than the zip's directory says")
            target.write(chunk)
    path.chmod(_mode(member) & 0o777 or 0o644)


def _make_link(archive: zipfile.ZipFile, member: zipfile.ZipInfo, *, into: Path) -> None:
    path = into / member.filename
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(archive.read(member).decode())


def _check_links(links: Members, into: Path) -> None:
    root = into.resolve()
    for member in links:
        path = into / member.filename
        target = path.readlink()
        if target.is_absolute() or not _resolved(path).is_relative_to(root):
            raise _refuse(member, f"is a symbolic link out of the zip's own folder, to {str(target)!r}")


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except RuntimeError:
        # A circle of links leads nowhere, so not outside either.
        return path.parent.resolve()


def _set_folder_modes(members: Members, into: Path) -> None:
    for member in members:
        if member.is_dir() and _mode(member) & 0o777:
            (into / member.filename).chmod(_mode(member) & 0o777 | stat.S_IRWXU)
