"""What a function may read, write and see: /tmp and nothing else, its own processes and nobody else's."""

import json
import os
import textwrap

import pytest

from headstart.model.invocation import Event, TimedOut

EVENT = Event(b"{}")
HEAD = "import errno, glob, os, sys\ndef handler(event, context):\n"


@pytest.fixture
def ask(deploy):
    """Run the body of a handler and return what it returns."""

    async def ask(body, *, event=EVENT, **settings):
        source = HEAD + textwrap.indent(textwrap.dedent(body), "    ")
        report = await (await deploy(source, **settings)).invoke(event)
        assert report.succeeded, report.outcome
        return json.loads(report.outcome.payload)

    return ask


async def test_nothing_can_be_written_outside_tmp(ask, tmp_path):
    (tmp_path / "layer").mkdir()
    found = await ask(
        """
        places = '''/ /bin /dev /dev/shm /etc /home /home/sbx_user1051 /lib /mnt /opt /proc /proc/1 /proc/sys
                 /proc/sys/kernel /root /run /sys /sys/fs/cgroup /sys/devices/system/cpu /usr /usr/bin /usr/lib /var
                 /var/lang /var/lang/bin /var/runtime /var/task /var/tmp'''.split()
        written = []
        for place in places:
            try:
                open(place + "/written", "w").close()
                written.append(place)
            except OSError as error:
                if error.errno not in (errno.EROFS, errno.EACCES, errno.ENOENT, errno.EPERM):
                    written.append([place, str(error)])
        return written
        """,
        layers=(tmp_path / "layer",),
    )
    assert found == []


async def test_no_file_can_be_changed(ask):
    found = await ask(
        """
        names = '''/etc/passwd /etc/hosts /var/task/app.py /var/runtime/bootstrap.py /proc/sys/kernel/hostname
                /proc/sys/kernel/core_pattern /proc/sys/vm/drop_caches /proc/sysrq-trigger /proc/1/mem /proc/1/environ
                /sys/devices/system/cpu/online'''.split()
        changed = []
        for name in [*names, *glob.glob("/proc/sys/*/*"), sys.executable]:
            if not os.path.isfile(name):
                continue
            try:
                open(name, "r+b").close()
                changed.append(name)
            except OSError:
                pass
            try:
                os.chmod(name, 0o777)
                changed.append(name)
            except OSError:
                pass
        return changed
        """
    )
    assert found == []


async def test_every_mount_is_read_only_but_tmp(ask):
    found = await ask(
        """
        mounts = [line.split() for line in open("/proc/self/mountinfo")]
        return {mount[4]: mount[5].split(",") for mount in mounts}
        """
    )
    writable = {place for place, options in found.items() if "rw" in options}
    devices = {f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom")}
    assert writable == {"/tmp", "/proc", *devices}
    assert {place for place, options in found.items() if "nosuid" not in options} <= devices


async def test_the_host_s_own_files_are_not_there(ask):
    found = await ask(
        """
        return {place: sorted(os.listdir(place)) for place in ("/", "/home", "/root", "/mnt", "/run", "/var", "/dev")}
        """
    )
    assert set(found["/"]) <= {
        "bin", "dev", "etc", "home", "lib", "lib32", "lib64", "libx32", "mnt", "nix", "opt", "proc", "root", "run",
        "sbin", "sys", "tmp", "usr", "var",
    }  # fmt: skip
    assert found["/home"] == found["/root"] == found["/mnt"] == found["/run"] == []
    assert found["/var"] == ["lang", "runtime", "task"]
    assert found["/dev"] == ["fd", "full", "null", "random", "stderr", "stdin", "stdout", "urandom", "zero"]


async def test_multiprocessing_pool_fails(ask):
    found = await ask(
        """
        from multiprocessing import Pool, Pipe, Process
        ours, theirs = Pipe()
        process = Process(target=theirs.send, args=("processes and pipes work",))
        process.start()
        process.join()
        try:
            Pool(2)
        except OSError as error:
            return [error.errno, ours.recv()]
        """
    )
    assert found[0] in (2, 38)
    assert found[1] == "processes and pipes work"


async def test_only_own_processes_are_seen(ask):
    found = await ask(
        """
        def outcome(action, *arguments):
            try:
                return action(*arguments)
            except OSError as error:
                return errno.errorcode[error.errno]
        import ctypes, signal
        libc = ctypes.CDLL(None, use_errno=True)
        attached = libc.ptrace(16, 1, None, None)
        return {
            "pids": sorted(int(name) for name in os.listdir("/proc") if name.isdigit()),
            "own": os.getpid(),
            "host": outcome(os.kill, event["host"], 0),
            "init": [outcome(os.kill, 1, number) for number in (signal.SIGKILL, signal.SIGINT, signal.SIGSTOP)],
            "ptrace": [attached, errno.errorcode[ctypes.get_errno()]],
            "memory": outcome(open, "/proc/1/mem", "rb"),
        }
        """,
        event=Event(json.dumps({"host": os.getpid()}).encode()),
    )
    assert found["pids"] == [1, found["own"]]
    assert found["host"] == "ESRCH"
    assert found["init"] == ["EPERM"] * 3
    assert found["ptrace"] == [-1, "EPERM"]
    assert found["memory"] == "EACCES"


async def test_limits_user_and_privileges(ask):
    found = await ask(
        """
        import pwd, resource, signal, subprocess
        status = dict(line.rstrip("\\n").split(":\\t", 1) for line in open("/proc/self/status"))
        files = []
        try:
            while True:
                files.append(open("/dev/null"))
        except OSError as error:
            reason = error.strerror
        opened = len(files)
        files.clear()
        umask = os.umask(0)
        return {
            "files": [opened > 1000, reason, *resource.getrlimit(resource.RLIMIT_NOFILE)],
            "user": [pwd.getpwuid(os.getuid()).pw_name, os.getuid(), os.getgid(), os.getgroups()],
            "privileges": [status["NoNewPrivs"], status["CapEff"], status["CapPrm"], status["CapAmb"]],
            "setuid": bool(os.statvfs("/usr").f_flag & os.ST_NOSUID),
            "umask": umask,
            "signals": [
                format(int(status["SigIgn"], 16) & ~(0b11 << 31), "016x"),
                status["SigBlk"],
                signal.getsignal(signal.SIGINT).__name__,
            ],
            "session": os.getsid(0) == os.getpid(),
        }
        """
    )
    none = "0000000000000000"
    assert found == {
        "files": [True, "Too many open files", 1024, 1024],
        "user": ["sbx_user1051", 993, 990, []],
        "privileges": ["1", none, none, none],
        "setuid": True,
        "umask": 0o022,
        # SIGPIPE and SIGXFSZ: Python's own doing; 32 and 33, left out above, are the C library's.
        "signals": ["0000000001001000", none, "default_int_handler"],
        "session": True,
    }


async def test_open_descriptors(ask):
    found = await ask(
        """
        found = {}
        for name in os.listdir("/proc/self/fd"):
            try:
                found[name] = os.readlink("/proc/self/fd/" + name)
            except OSError:
                pass
        return found
        """
    )
    assert found.pop("0") == "/dev/null"
    log = {found.pop(name) for name in ("1", "2", "62")}
    assert len(log) == 1
    assert log.pop().startswith("pipe:")
    # What is left is the runtime client's own connection.
    assert all(goal.startswith(("socket:", "anon_inode:")) for goal in found.values())
    assert len(found) <= 3


async def test_tmp_stays_with_its_environment(deploy):
    source = """
        import os, time
        def handler(event, context):
            before = sorted(os.listdir("/tmp"))
            open("/tmp/" + event["name"], "w").close()
            if event.get("hang"):
                time.sleep(9)
            return before
    """
    invoker = await deploy(source, timeout_s=1)

    async def listed(*, fresh=False, **event):
        return await invoker.invoke(Event(json.dumps(event).encode()), fresh=fresh)

    assert json.loads((await listed(name="a")).outcome.payload) == []
    assert isinstance((await listed(name="b", hang=True)).outcome, TimedOut)
    assert json.loads((await listed(name="c")).outcome.payload) == ["a", "b"]
    assert json.loads((await listed(name="d", fresh=True)).outcome.payload) == []


async def test_tmp_is_private_and_has_the_configured_size(ask):
    found = await ask(
        """
        status, space = os.stat("/tmp"), os.statvfs("/tmp")
        return [oct(status.st_mode), status.st_uid, space.f_bavail * space.f_frsize / 1024 / 1024, os.listdir("/tmp")]
        """,
        ephemeral_storage_mb=1024,
    )
    assert found[:2] == ["0o40700", 993]
    assert 1022 <= found[2] <= 1030
    assert found[3] == []


@pytest.mark.parametrize("memory_mb", [128, 3008, 3009, 10240])
async def test_visible_cpus(ask, memory_mb):
    found = await ask("return [os.cpu_count(), len(os.sched_getaffinity(0))]", memory_mb=memory_mb)
    on_lambda = {128: 2, 3008: 2, 3009: 3, 10240: 6}[memory_mb]
    assert found == [min(on_lambda, os.cpu_count())] * 2
