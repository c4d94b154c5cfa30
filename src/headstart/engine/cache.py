"""The cache on disk: content-keyed folders, built beside and renamed, locked while in use, the least used dropped."""

import asyncio
import fcntl
import functools
import os
import shutil
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from headstart.errors import RequestError

KEEP_MB = 6_000
_RETRY_S = 0.05


def location(
    environ: Mapping[str, str] = os.environ, *, home: Path | None = None, platform: str = sys.platform
) -> Path:
    """The cache folder: ``HEADSTART_CACHE_DIR``, else the platform's place for caches."""
    home = Path.home() if home is None else home
    if chosen := environ.get("HEADSTART_CACHE_DIR"):
        return Path(chosen).expanduser().absolute()
    if platform == "darwin":
        return home / "Library" / "Caches" / "headstart"
    return Path(environ.get("XDG_CACHE_HOME") or home / ".cache") / "headstart"


class Cache:
    """Folders by kind and key. An entry that was asked for is protected until ``release`` or the end of the process.

    Each has a lock file beside it: held alone while it is built or dropped, shared while it is used; its time is that
    of the last use, and its text the entry's bytes. The kernel lets go of the locks of a process that was killed.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._held: dict[Path, int] = {}

    async def entry(self, kind: str, key: str, *, build: Callable[[Path], Awaitable[None]]) -> Path:
        """The folder ``kind``/``key``, filled by ``build`` (given an empty folder) unless it is there already.

        Raises:
            RequestError: the cache cannot be written.
        """
        path = self.root / kind / key
        with self._writable():
            path.parent.mkdir(parents=True, exist_ok=True)
            if path in self._held and _missing(path):
                os.close(self._held.pop(path))
            if path not in self._held:
                await self._hold(path, build)
            os.utime(self._held[path])
        return path

    async def _hold(self, path: Path, build: Callable[[Path], Awaitable[None]]) -> None:
        while True:
            lock = os.open(_lock_of(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                if await self._take(lock, path, build=build):
                    other = self._held.setdefault(path, lock)
                    lock = -1 if other == lock else lock
                    return
            finally:
                if lock >= 0:
                    os.close(lock)
            await asyncio.sleep(_RETRY_S)

    async def _take(self, lock: int, path: Path, *, build: Callable[[Path], Awaitable[None]]) -> bool:
        """Build if need be, and hold ``lock`` shared; False when another process is at it."""
        if _missing(path):
            if not _try_lock(lock, path, mode=fcntl.LOCK_EX):
                return False
            if _missing(path):
                await _build(path, build)
                os.pwrite(lock, str(_bytes_under(path)).encode(), 0)
                self.prune()
        return _try_lock(lock, path, mode=fcntl.LOCK_SH) and not _missing(path)

    def prune(self, *, keep_mb: int = KEEP_MB) -> list[Path]:
        """Drop the entries longest unused until ``keep_mb`` are left; those in use, by any process, stay.

        Returns the entries dropped.
        """
        uses = sorted(filter(None, map(_last_use, self.root.glob("*/*.lock"))), reverse=True)
        kept_bytes, dropped = 0, []
        for _, entry_bytes, lock in uses:
            entry = lock.with_suffix("")
            too_much = kept_bytes + entry_bytes > keep_mb * 1024 * 1024
            if (too_much or not entry.exists()) and _drop(entry):
                dropped.append(entry)
            else:
                kept_bytes += entry_bytes
        return dropped

    def release(self) -> None:
        """Let go of every entry: what was asked for may be dropped from now on."""
        while self._held:
            os.close(self._held.popitem()[1])

    @contextmanager
    def _writable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise RequestError(
                f"cannot write the cache {self.root}: {error.strerror or error}",
                hint="HEADSTART_CACHE_DIR=/a/folder/of/yours headstart …",
            ) from error


@functools.cache
def _open(root: Path) -> Cache:
    return Cache(root)


def default() -> Cache:
    """This user's cache, one object for each place per process."""
    return _open(location())


def _missing(path: Path) -> bool:
    return not path.is_dir()


def _lock_of(path: Path) -> Path:
    return path.with_name(path.name + ".lock")


def _partial_of(path: Path) -> Path:
    return path.with_name(path.name + ".partial")


def _try_lock(lock: int, path: Path, *, mode: int) -> bool:
    """Lock unless another holds it, or its file was dropped since it was opened."""
    try:
        fcntl.flock(lock, mode | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(lock), _lock_of(path).stat())
    except (BlockingIOError, FileNotFoundError):
        return False


async def _build(path: Path, build: Callable[[Path], Awaitable[None]]) -> None:
    partial = _partial_of(path)
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    partial.chmod(0o755)
    try:
        await build(partial)
        partial.rename(path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _last_use(lock: Path) -> tuple[int, int, Path] | None:
    """When it was, the entry's bytes, and ``lock``; None for one that another process has dropped meanwhile."""
    try:
        return lock.stat().st_mtime_ns, int(lock.read_text() or 0), lock
    except FileNotFoundError:
        return None


def _drop(path: Path) -> bool:
    try:
        lock = os.open(_lock_of(path), os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        if not _try_lock(lock, path, mode=fcntl.LOCK_EX):
            return False
        with suppress(FileNotFoundError):
            path.rename(_partial_of(path))
        shutil.rmtree(_partial_of(path), ignore_errors=True)
        _lock_of(path).unlink()
        return True
    finally:
        os.close(lock)


def _bytes_under(root: Path) -> int:
    return sum((Path(folder) / name).lstat().st_size for folder, _, names in os.walk(root) for name in names)
