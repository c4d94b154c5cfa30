"""The folder that services lie in: locked while they run, and removed after them when it was made for them."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from headstart.errors import ConfigError

_PREFIX: Final = "headstart-services-"
# Root's services may run as another user, who must get through.
_MODE: Final = 0o711


@contextmanager
def temporary(parent: Path | None = None) -> Iterator[tuple[Path, int]]:
    """A new folder in ``parent`` (default: the place for temporary files) and its lock; those left over are removed."""
    parent = parent or Path(tempfile.gettempdir())
    remove_stale(parent)
    folder, lock_fd = _make(parent)
    try:
        yield folder, lock_fd
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock_fd)


@contextmanager
def kept(folder: Path) -> Iterator[tuple[Path, int]]:
    """A folder of the user's, made when it is not there, and its lock. It stays, and the data in it.

    Raises:
        ConfigError: it cannot be used, or is in use.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=_MODE)
        lock_fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise ConfigError(f"the folder {folder} cannot be used: {error.strerror}", hint="--folder data") from error
    try:
        if not _lock(lock_fd):
            raise ConfigError(
                f"the services in {folder} run already", hint="stop them, or choose another folder: --folder data"
            )
        yield folder.resolve(), lock_fd
    finally:
        os.close(lock_fd)


def password(folder: Path, *, new: str) -> str:
    """The password that the data in ``folder`` was made with; ``new`` when there is none yet."""
    file = folder / "password"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(new)
    return file.read_text()


def remove_stale(parent: Path) -> None:
    """Remove the folders whose makers are gone, and whose servers are."""
    for folder in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            lock_fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                if os.fstat(lock_fd).st_uid == os.geteuid() and _lock(lock_fd):
                    shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock_fd)


def _make(parent: Path) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        folder.chmod(_MODE)
        lock_fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        if _lock(lock_fd) and folder.exists():
            return folder, lock_fd
        os.close(lock_fd)  # one who cleans up took it between its making and its locking


def _lock(lock_fd: int) -> bool:
    try:
        fcntl.flock(lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
