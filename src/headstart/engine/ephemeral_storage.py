"""A private disk for /tmp: a file system in an unnamed file, gone with the sandbox that mounted it."""

import fcntl
import os
import shutil
import struct
import subprocess
from pathlib import Path

from headstart.errors import SandboxError

_LOOP_CTL_GET_FREE = 0x4C82
_LOOP_CONFIGURE = 0x4C0A
_LO_FLAGS_AUTOCLEAR = 4
# struct loop_config: fd, block size, struct loop_info64 (232 bytes, lo_flags at 52, lo_file_name behind it), 8
# reserved u64.
_LOOP_INFO_BYTES = 232
_LO_FLAGS_AT = 52
# What ext4 keeps for itself, for 512 MB to 10 GB with 8,192 files: tables, and 16 MB that it reserves.
_METADATA_RATIO = 1.002
_METADATA_MB = 22


class Disk:
    """A loop device, held until the sandbox has mounted it."""

    def __init__(self, device: str, fd: int) -> None:
        self.device = device
        self._fd = fd

    def release(self) -> None:
        """Leave the device to its mount: the kernel frees it when that is gone."""
        os.close(self._fd)


def can_make_disks() -> bool:
    """Whether this process can make loop devices and ext4 file systems."""
    return os.geteuid() == 0 and Path("/dev/loop-control").exists() and shutil.which("mkfs.ext4") is not None


def make_disk(size_mb: int, cache: Path) -> Disk:
    """Attach an empty ext4 file system with ``size_mb`` for files.

    Raises:
        OSError: no loop device can be had.
        SandboxError: the file system cannot be made.
    """
    template = _template(size_mb, cache)
    image = os.open(cache, os.O_TMPFILE | os.O_RDWR, 0o600)
    try:
        _copy_sparse(template, image)
        return _attach(image)
    finally:
        os.close(image)


def _template(size_mb: int, cache: Path) -> Path:
    path = cache / f"tmp-{size_mb}.ext4"
    if not path.exists():
        beside = path.with_suffix(f".{os.getpid()}")
        with beside.open("wb") as file:
            file.truncate(int(size_mb * _METADATA_RATIO + _METADATA_MB) * 1024 * 1024)
        options = ["-O", "^has_journal,^resize_inode", "-m", "0", "-N", "8192", "-E", "lazy_itable_init=1,nodiscard"]
        done = subprocess.run(["mkfs.ext4", "-q", "-F", *options, beside], capture_output=True, text=True, check=False)
        if done.returncode:
            beside.unlink()
            raise SandboxError(f"mkfs.ext4 failed: {done.stderr.strip()}")
        beside.replace(path)
    return path


def _copy_sparse(template: Path, image: int) -> None:
    with template.open("rb") as file:
        source, size, at = file.fileno(), template.stat().st_size, 0
        os.ftruncate(image, size)
        while at < size:
            try:
                start = os.lseek(source, at, os.SEEK_DATA)
            except OSError:  # nothing but holes to the end
                return
            at = os.lseek(source, start, os.SEEK_HOLE)
            os.pwrite(image, os.pread(source, at - start, start), start)


def _attach(image: int) -> Disk:
    info = bytearray(_LOOP_INFO_BYTES)
    # The name says whose it is; the file itself has none.
    struct.pack_into("I64s", info, _LO_FLAGS_AT, _LO_FLAGS_AUTOCLEAR, f"headstart-{os.getpid()}".encode())
    config = struct.pack("II", image, 0) + bytes(info) + bytes(64)
    control = os.open("/dev/loop-control", os.O_RDWR | os.O_CLOEXEC)
    try:
        for attempt in range(8):
            device = f"/dev/loop{fcntl.ioctl(control, _LOOP_CTL_GET_FREE)}"
            fd = os.open(device, os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.ioctl(fd, _LOOP_CONFIGURE, config)
            except OSError:  # another process took it first
                os.close(fd)
                if attempt == 7:
                    raise
                continue
            return Disk(device, fd)
    finally:
        os.close(control)
    raise SandboxError("no loop device is free")
