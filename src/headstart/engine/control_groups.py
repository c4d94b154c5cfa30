"""Linux control groups, version 1, version 2 or a mix: limits, freezing and accounts of one process tree."""

import functools
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath

import msgspec
import psutil

from headstart.model import limits

_PREFIX = "headstart-"
# The weight of a sandbox against everything else on the machine, so that host load hurts less.
_CPU_SHARES_V1 = b"262144"
_CPU_WEIGHT_V2 = b"10000"
# By version: the file of the peak; in memory.stat the names of all page cache, shared memory, and files mapped; the
# file that counts kills.
_MEMORY_PEAK = {1: "memory.max_usage_in_bytes", 2: "memory.peak"}
_MEMORY_STAT = {1: (b"cache", b"shmem", b"mapped_file"), 2: (b"file", b"shmem", b"file_mapped")}
_OOM_EVENTS = {1: "memory.oom_control", 2: "memory.events"}


class Hierarchy(msgspec.Struct, frozen=True):
    """Where groups of one controller can be made: ``parent`` is a folder of the cgroup file system."""

    version: int
    parent: Path


def hierarchies(mountinfo: str, own: str, *, root: bool) -> dict[str, Hierarchy]:
    """Find where groups could be made, from /proc/self/mountinfo and /proc/self/cgroup.

    The keys are the controllers of version 1, and ``core`` for version 2: freezing, killing and its own controllers.
    """
    paths = dict(line.split(":", 2)[1:] for line in own.splitlines())
    found: dict[str, Hierarchy] = {}
    for line in mountinfo.splitlines():
        fields, _, tail = line.partition(" - ")
        mounted, mount = fields.split()[3:5]
        kind, _, options = tail.split()[:3]
        if kind == "cgroup":
            for controller in ("cpu", "cpuacct", "memory", "pids"):
                if controller in options.split(","):
                    path = next((path for names, path in paths.items() if controller in names.split(",")), "/")
                    found.setdefault(controller, Hierarchy(1, _own_folder(mount, mounted, path=path)))
        elif kind == "cgroup2":
            path = "/" if root else paths.get("", "/")
            found.setdefault("core", Hierarchy(2, _own_folder(mount, mounted, path=path)))
    return found


def _own_folder(mount: str, mounted: str, *, path: str) -> Path:
    """Where the group ``path`` is, in the file system of which ``mounted`` is seen at ``mount``."""
    inside = PurePosixPath(path)
    if inside.is_relative_to(mounted) and ".." not in inside.parts:
        return Path(mount) / inside.relative_to(mounted)
    return Path(mount)


def usable(places: Mapping[str, Hierarchy]) -> dict[str, Hierarchy]:
    """Those in which this process can make groups, and the controllers of version 2, turned on for their children."""
    found = {name: place for name, place in places.items() if os.access(place.parent, os.W_OK)}
    if "core" in found:
        for controller in _enabled(found["core"].parent):
            found.setdefault(controller, found["core"])
    return found


def available(scope: str = "", *, member: int = 0) -> dict[str, Hierarchy]:
    """What this process can use.

    ``scope`` is the line of /proc/self/cgroup of a group that was delegated to this user, and ``member`` the process
    in it; empty where there is none.
    """
    try:
        mountinfo, own = Path("/proc/self/mountinfo").read_text(), Path("/proc/self/cgroup").read_text()
    except OSError:
        return {}
    found = hierarchies(mountinfo, scope or own, root=os.geteuid() == 0)
    if scope and "core" in found:
        make_room(found["core"].parent, member)
    return usable(found)


def make_room(parent: Path, member: int) -> None:
    """Move the only process of ``parent`` into a group below: version 2 limits only groups whose parent has none."""
    with suppress(OSError):
        (parent / "spawner").mkdir(exist_ok=True)
        (parent / "spawner" / "cgroup.procs").write_text(str(member))


def _enabled(parent: Path) -> Iterator[str]:
    """Turn on, for the children of ``parent``, the controllers that it has; yield those that are on."""
    for controller in ("cpu", "memory", "pids"):
        with suppress(OSError):
            if controller in (parent / "cgroup.controllers").read_text().split():
                (parent / "cgroup.subtree_control").write_text(f"+{controller}")
                yield controller


def describe(places: Mapping[str, Hierarchy]) -> dict[str, str]:
    """The means by which ``cpu``, ``memory`` and ``freeze`` are enforced with these controllers."""

    def means(controller: str, by_group: str, *, otherwise: str) -> str:
        place = places.get(controller)
        return f"{by_group} (cgroup v{place.version})" if place else otherwise

    return {
        "cpu": means("cpu", "quota, 20 ms period", otherwise="governor (stop and continue)"),
        "memory": means("memory", "hard limit", otherwise="watched every 10 ms"),
        "freeze": means("core", "freezer", otherwise="SIGSTOP"),
    }


def remove_stale(places: Mapping[str, Hierarchy]) -> None:
    """Remove the groups of engines that are gone, and what is below them."""
    for place in set(places.values()):
        for folder in place.parent.glob(f"{_PREFIX}*"):
            owner = folder.name.removeprefix(_PREFIX).split("-")[0]
            if owner.isdigit() and not psutil.pid_exists(int(owner)):
                for below, _, _ in os.walk(folder, topdown=False):
                    with suppress(OSError):
                        Path(below).rmdir()


class ControlGroup:
    """One group in every available hierarchy, for one sandbox.

    Raises:
        OSError: from any method, when the kernel refuses.
    """

    def __init__(self, places: Mapping[str, Hierarchy], *, number: int) -> None:
        name = f"{_PREFIX}{os.getpid()}-{number}"
        self._places = {controller: (place.version, place.parent / name) for controller, place in places.items()}
        self._fds: dict[tuple[str, str], int] = {}
        self._frozen = False
        for folder in self._folders():
            folder.mkdir(exist_ok=True)

    @functools.cached_property
    def keeps_memory_peak(self) -> bool:
        """Whether the kernel keeps the peak: version 1, and version 2 from Linux 5.19 on."""
        version, folder = self._places["memory"]
        return (folder / _MEMORY_PEAK[version]).exists()

    def _folders(self) -> list[Path]:
        return sorted({folder for _, folder in self._places.values()})

    def has(self, controller: str) -> bool:
        """Whether the group limits or accounts with ``controller``."""
        return controller in self._places

    @property
    def membership_files(self) -> list[str]:
        """The files that a process joins the group by."""
        return [str(folder / "cgroup.procs") for folder in self._folders()]

    def pids(self) -> list[int]:
        """The processes in the group, by this machine's numbers."""
        if "core" in self._places:
            return [int(pid) for pid in self._read("core", "cgroup.procs").split()]
        # Version 1 goes on telling what it told first while the file is kept open.
        return [int(pid) for pid in (self._folders()[0] / "cgroup.procs").read_text().split()]

    def limit_memory(self, size_bytes: int) -> None:
        """Set the hard limit on memory; swap does not count as more."""
        version, folder = self._places["memory"]
        if version == 1:
            (folder / "memory.limit_in_bytes").write_text(str(size_bytes))
            with suppress(OSError):
                (folder / "memory.memsw.limit_in_bytes").write_text(str(size_bytes))
        else:
            (folder / "memory.max").write_text(str(size_bytes))
            with suppress(OSError):
                (folder / "memory.swap.max").write_text("0")

    def limit_processes(self, count: int) -> None:
        """Set the limit on processes and threads."""
        (self._places["pids"][1] / "pids.max").write_text(str(count))

    def set_cpu_share(self, vcpus: float | None) -> None:
        """Hold the group to ``vcpus`` vCPU-seconds per second, in periods of 20 ms; None lifts the limit."""
        quota = -1 if vcpus is None else round(limits.CPU_PERIOD_US * vcpus)
        if self._version("cpu") == 1:
            self._write("cpu", "cpu.cfs_period_us", value=str(limits.CPU_PERIOD_US).encode())
            self._write("cpu", "cpu.cfs_quota_us", value=str(quota).encode())
            self._write("cpu", "cpu.shares", value=_CPU_SHARES_V1)
        else:
            text = "max" if vcpus is None else str(quota)
            self._write("cpu", "cpu.max", value=f"{text} {limits.CPU_PERIOD_US}".encode())
            self._write("cpu", "cpu.weight", value=_CPU_WEIGHT_V2)

    def freeze(self) -> None:
        """Give the group no CPU until it is thawed."""
        if not self._frozen:
            self._write("core", "cgroup.freeze", value=b"1")
            self._frozen = True

    def thaw(self) -> None:
        """Let the group run again."""
        if self._frozen:
            self._write("core", "cgroup.freeze", value=b"0")
            self._frozen = False

    def cpu_ns(self) -> int:
        """CPU time used by the group since it was made."""
        if "cpuacct" in self._places:
            return int(self._read("cpuacct", "cpuacct.usage"))
        return self._figure("core", "cpu.stat", key=b"usage_usec") * 1000

    def throttled_ns(self) -> int:
        """Time that the group was held back by its CPU share."""
        if self._version("cpu") == 1:
            return self._figure("cpu", "cpu.stat", key=b"throttled_time")
        return self._figure("cpu", "cpu.stat", key=b"throttled_usec") * 1000

    def memory_peak_bytes(self) -> int:
        """The most memory that was charged to the group, page cache included; the present where no peak is kept."""
        peak = _MEMORY_PEAK[self._version("memory")] if self.keeps_memory_peak else "memory.current"
        return int(self._read("memory", peak))

    def kernel_bytes(self) -> int:
        """Memory charged to the group that the kernel holds, and could give back, to keep track of its files."""
        with suppress(OSError, ValueError):
            if self._version("memory") == 1:
                return int(self._read("memory", "memory.kmem.usage_in_bytes"))
            return self._figure("memory", "memory.stat", key=b"slab_reclaimable")
        return 0

    def file_bytes(self) -> tuple[int, int]:
        """Memory charged to the group for files: what only caches them, and what processes map."""
        names = _MEMORY_STAT[self._version("memory")]
        cache, shared, mapped = (self._figure("memory", "memory.stat", key=name) for name in names)
        return max(0, cache - shared - mapped), mapped

    def oom_kills(self) -> int:
        """How many processes of the group were killed for want of memory."""
        return self._figure("memory", _OOM_EVENTS[self._version("memory")], key=b"oom_kill")

    def remove(self) -> None:
        """Remove the group; its processes must be gone."""
        for fd in self._fds.values():
            os.close(fd)
        self._fds.clear()
        for folder in self._folders():
            with suppress(OSError):
                folder.rmdir()

    def _version(self, controller: str) -> int:
        return self._places[controller][0]

    def _figure(self, controller: str, name: str, *, key: bytes) -> int:
        """The number behind ``key`` in a file of ``key number`` lines."""
        text = b"\n" + self._read(controller, name)
        start = text.index(b"\n" + key + b" ") + len(key) + 2
        return int(text[start : text.index(b"\n", start)])

    def _read(self, controller: str, name: str) -> bytes:
        return os.pread(self._file(controller, name, flags=os.O_RDONLY), 1 << 14, 0)

    def _write(self, controller: str, name: str, *, value: bytes) -> None:
        os.pwrite(self._file(controller, name, flags=os.O_WRONLY), value, 0)

    def _file(self, controller: str, name: str, *, flags: int) -> int:
        fd = self._fds.get((controller, name))
        if fd is None:
            fd = self._fds[controller, name] = os.open(self._places[controller][1] / name, flags | os.O_CLOEXEC)
        return fd
