"""The engine without the kernel's help: as an ordinary user, in user namespaces or without isolation, and as root
in a container whose control groups are read-only."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
import run_apart

from headstart.engine import interpreters, runtime_folder
from headstart.engine.interpreters import Interpreter
from headstart.model.function import MemorySize

Run = Callable[..., dict[str, Any]]

NOBODY = 65534
# Reads everything, as this user may, so that the tests run from anywhere; may nothing else.
AS_NOBODY = (
    f"setpriv --reuid {NOBODY} --regid {NOBODY} --clear-groups --inh-caps=-all,+dac_read_search "
    "--ambient-caps=-all,+dac_read_search --bounding-set=-all,+dac_read_search --"
).split()
# Root, as in a container: the control groups can be seen, not used.
WITHOUT_GROUPS = [
    *("unshare", "--mount", "sh", "-c"),
    "for place in $(grep -E ' - cgroup2? ' /proc/self/mountinfo | cut -d' ' -f5); do"
    ' mount -o remount,bind,ro "$place"; done; exec "$@"',
    "sh",
]
SLOW = pytest.mark.slow
AS_ROOT = [pytest.param("root", marks=SLOW)] if os.geteuid() == 0 else []
EACH = pytest.mark.parametrize("isolation", ["user", "none", *AS_ROOT])
ONE = pytest.mark.parametrize("isolation", [pytest.param("user", marks=SLOW), "none", *AS_ROOT])


def is_open_to_all(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o5 == 0o5 for parent in (path, *path.parents))


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder that an ordinary user reaches."""
    place = Path(tempfile.mkdtemp(prefix="headstart-test-", dir="/tmp"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def python(place: Path) -> Interpreter:
    """A Python that an ordinary user can run: one of the machine's, else a copy."""
    found = [*map(interpreters.query, Path("/usr/bin").glob("python3.??")), *interpreters.installed()]
    supported = [python for python in found if python is not None and python.version >= "3.10"]
    if open_ones := [python for python in supported if is_open_to_all(python.executable)]:
        return open_ones[0]
    source, copy = supported[0], place / "python"
    ignored = shutil.ignore_patterns("test", "site-packages", "__pycache__", "*.a", "share")
    shutil.copytree(source.prefix, copy, symlinks=True, ignore=ignored)
    copied = interpreters.query(copy / source.executable.relative_to(source.prefix))
    assert copied is not None
    return copied


@pytest.fixture(scope="module")
def variables(place: Path, python: Interpreter) -> dict[str, str]:
    """The environment of an ordinary user who has a runtime folder of his own."""
    folder = asyncio.run(runtime_folder.ensure(python))
    cached = place / "cache" / "runtime"
    shutil.copytree(folder, cached / folder.name)
    shutil.copy(folder.with_name(f"{folder.name}.lock"), cached)
    for path in (place / "cache", *(place / "cache").rglob("*")):
        os.chown(path, *((NOBODY, NOBODY) if os.geteuid() == 0 else (-1, -1)), follow_symlinks=False)
    return {"PATH": os.environ["PATH"], "HOME": str(place), "HEADSTART_CACHE_DIR": str(place / "cache")}


@pytest.fixture
def run(place: Path, python: Interpreter, variables: dict[str, str]) -> Iterator[Run]:
    """Invoke a handler with each event, in one environment, as an ordinary user."""
    name = f"apart-{uuid.uuid4().hex[:12]}"

    def run(source: str, *events: Any, isolation: str, **settings: Any) -> dict[str, Any]:
        code = place / name
        code.mkdir()
        (code / "app.py").write_text(textwrap.dedent(source))
        job = {"name": name, "python": str(python.executable), "code": str(code), "events": events, "pause_s": 0.0}
        job |= {"memory_mb": 256, "timeout_s": 5, "isolations": [isolation], **settings}
        command = [*rights(isolation), sys.executable, run_apart.__file__]
        done = subprocess.run(
            command, input=json.dumps(job), env=variables, capture_output=True, text=True, cwd="/", check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    yield run
    assert [process for process in psutil.process_iter() if belongs(process, name)] == []


def rights(isolation: str) -> list[str]:
    if isolation == "root":
        return WITHOUT_GROUPS
    return AS_NOBODY if os.geteuid() == 0 else []


def belongs(process: psutil.Process, name: str) -> bool:
    with suppress(psutil.Error):
        return process.environ().get("AWS_LAMBDA_FUNCTION_NAME") == name
    return False


OUTCOMES = """
import os, sys, time
def handler(event, context):
    if event == "error":
        raise ValueError("no")
    if event == "timeout":
        time.sleep(60)
    if event == "exit":
        sys.exit(3)
    if event == "children":
        for _ in range(5):
            if os.fork() == 0:
                os.setsid()
                time.sleep(60)
        os._exit(4)
    if event == "memory":
        hog = []
        while True:
            hog.append(bytearray(b"x") * 8 * 1024 * 1024)
    return event
"""


@EACH
def test_outcomes(run, isolation):
    events = ("a", "error", "exit", "b", "memory", "c", "children", "timeout", "d")
    told = run(OUTCOMES, *events, isolation=isolation, timeout_s=5, memory_mb=256)
    outcomes = [report["outcome"] for report in told["reports"]]
    assert [outcome["type"] for outcome in outcomes] == [
        "succeeded", "function_error", "runtime_exited", "succeeded", "out_of_memory", "succeeded",
        "runtime_exited", "timed_out", "succeeded",
    ]  # fmt: skip
    assert outcomes[2]["reason"] == "Runtime exited with error: exit status 3"
    assert told["reports"][4]["max_memory_mb"] == 256


NOT_THERE = {
    "user": {"TMP_IN_MEMORY"},
    "none": {"FILES_NOT_ISOLATED", "TMP_NOT_LIMITED", "PIDS_NOT_ISOLATED"},
    "root": set(),
}
BY_GOVERNOR = {"CPU_BY_GOVERNOR", "MEMORY_NOT_LIMITED", "MEMORY_BY_SAMPLING", "FREEZE_BY_SIGNAL"}
OF_THE_MACHINE = {"FEWER_VCPUS", "OTHER_ARCHITECTURE", "CONTENDED_HOST"}


@EACH
def test_what_is_not_enforced_is_said(run, isolation):
    told = run("def handler(event, context): pass", 1, 2, isolation=isolation)
    # Where a systemd user manager gives control groups, they do the work.
    expected = NOT_THERE[isolation] | (BY_GOVERNOR if told["means"]["cpu"].startswith("governor") else set())
    assert [set(report["caveats"]) - OF_THE_MACHINE for report in told["reports"]] == [expected, expected]


@EACH
def test_a_server_of_this_machine_is_reached(run, services, isolation):
    source = """
        import socket
        def handler(event, context):
            socket.create_connection(("127.0.0.1", event), timeout=5).close()
    """
    told = run(source, *(server.place.port for server in services), isolation=isolation)
    assert [report["outcome"]["type"] for report in told["reports"]] == ["succeeded"] * 3


@ONE
@pytest.mark.parametrize("processes", [1, pytest.param(3, marks=SLOW)])
def test_cpu_share(run, isolation, processes):
    source = """
        import os, threading, time
        def burn(cpu_s):
            while time.process_time() < cpu_s:
                pass
        def handler(processes, context):
            begun_s, cpu_s = time.monotonic(), time.process_time()
            children = []
            for _ in range(processes - 1):
                if not (pid := os.fork()):
                    burn(0.3 / processes)
                    os._exit(0)
                children.append(pid)
            burn(cpu_s + 0.3 / processes)
            for pid in children:
                os.waitpid(pid, 0)
            return time.monotonic() - begun_s
    """
    told = run(source, processes, isolation=isolation, memory_mb=512)
    (report,) = told["reports"]
    wall_s = json.loads(report["payload"])
    assert 0.3 / wall_s == pytest.approx(MemorySize(512).vcpu_share, rel=0.15)
    assert report["cpu_ms"] == pytest.approx(300, rel=0.1)
    assert report["throttled_ms"] > 200


@ONE
def test_init_is_not_held_back(run, isolation):
    source = "import time\nwhile time.process_time() < 0.3: pass\ndef handler(event, context): pass"
    told = run(source, 1, isolation=isolation, memory_mb=128)
    assert told["reports"][0]["init"]["function_ms"] < 600


@ONE
def test_freeze(run, isolation):
    source = """
        import os, threading, time
        ticks = []
        def count():
            while True:
                ticks.append(time.monotonic())
                time.sleep(0.001)
        threading.Thread(target=count, daemon=True).start()
        def handler(event, context):
            time.sleep(0.03)
            return max(after - before for before, after in zip(ticks, ticks[1:]))
    """
    told = run(source, 1, 2, isolation=isolation, memory_mb=1769, pause_s=0.4)
    assert json.loads(told["reports"][1]["payload"]) > 0.35


@ONE
def test_max_memory_used(run, isolation):
    source = """
        import subprocess, sys, time
        def handler(mb, context):
            bytearray(b"x") * mb * 1024 * 1024
            code = "import time; block = bytearray(b'x') * %d * 1024 * 1024; time.sleep(0.1)" % mb
            subprocess.run([sys.executable, "-c", code])
            return next(int(line.split()[1]) / 1024 for line in open("/proc/self/status") if line.startswith("VmRSS"))
    """
    told = run(source, 100, isolation=isolation, memory_mb=1769)
    (report,) = told["reports"]
    assert report["max_memory_mb"] == pytest.approx(json.loads(report["payload"]) + 100 + 4, abs=6)


def test_own_file_system_and_processes_in_a_user_namespace(run):
    source = """
        import errno, os
        def outcome(action, *arguments):
            try:
                return action(*arguments)
            except OSError as error:
                return errno.errorcode[error.errno]
        def fill():
            with open("/tmp/big", "wb") as file:
                os.posix_fallocate(file.fileno(), 0, 600 * 1024 * 1024)
        def handler(event, context):
            mounts = [line.split() for line in open("/proc/self/mountinfo")]
            return {
                "written": [place for place in ("/", "/var/task", "/opt", "/etc", "/dev", "/sys", "/proc/sys", "/home")
                            if outcome(open, place + "/x", "w") not in ("EROFS", "EACCES", "ENOENT")],
                "writable": sorted(mount[4] for mount in mounts if "rw" in mount[5].split(",")),
                "pids": [name for name in os.listdir("/proc") if name.isdigit()],
                "user": os.getuid(),
                "init": outcome(os.kill, 1, 9),
                "host": outcome(os.kill, event, 0),
                "task": os.getcwd(),
                "fill": outcome(fill),
            }
    """
    told = run(source, os.getpid(), isolation="user", memory_mb=1769)
    found = json.loads(told["reports"][0]["payload"])
    devices = [f"/dev/{name}" for name in ("full", "null", "random", "urandom", "zero")]
    assert found["writable"] == [*devices, "/proc", "/tmp"]
    assert found["written"] == []
    assert found["user"] == 993
    assert len(found["pids"]) == 2
    assert found["host"] == "ESRCH"
    assert found["task"] == "/var/task"
    assert found["fill"] == "ENOSPC"


@SLOW
@pytest.mark.parametrize("isolation", ["user", *AS_ROOT])
def test_processes_are_limited(run, isolation):
    source = """
        import os, time
        def handler(event, context):
            children = 0
            try:
                while True:
                    if os.fork() == 0:
                        time.sleep(60)
                        os._exit(0)
                    children += 1
            except OSError as error:
                return [children, error.strerror]
    """
    told = run(source, 1, isolation=isolation, memory_mb=1769, timeout_s=20)
    children, reason = json.loads(told["reports"][0]["payload"])
    assert 700 <= children <= 742
    assert reason == "Resource temporarily unavailable"


def test_packages_of_the_machine_are_not_there_without_isolation(run):
    source = """
        import os, pkgutil, sys
        def handler(event, context):
            names = [found.name for found in pkgutil.iter_modules() if "-packages" in found.module_finder.path]
            return [names, "HEADSTART_CACHE_DIR" in os.environ, os.environ["LAMBDA_TASK_ROOT"] == os.getcwd()]
    """
    told = run(source, 1, isolation="none")
    assert json.loads(told["reports"][0]["payload"]) == [[], False, True]
