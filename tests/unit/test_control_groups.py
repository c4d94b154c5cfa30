"""Finding control groups on the machines that there are, and what is written to them."""

from pathlib import Path

import pytest

from headstart.engine import control_groups
from headstart.engine.control_groups import ControlGroup, Hierarchy, hierarchies
from headstart.engine.spawner import scope_command

# systemd, version 2 only: Fedora, Debian 11 and Ubuntu 21.10 and later.
LAPTOP = """\
22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
25 22 0:23 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw
30 25 0:27 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate
31 25 0:28 / /sys/fs/pstore rw,nosuid,nodev,noexec,relatime shared:10 - pstore none rw
"""
SESSION = "0::/user.slice/user-1000.slice/session-3.scope\n"
SCOPE = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/run-r5d0c1f7c.scope"
# A Docker container on such a machine, in a control group namespace of its own.
CONTAINER = """\
611 610 0:58 / / rw,relatime - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/A,upperdir=/x,workdir=/y
615 611 0:61 / /sys ro,nosuid,nodev,noexec,relatime - sysfs sysfs ro
616 615 0:27 / /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - cgroup2 cgroup rw,nsdelegate,memory_recursiveprot
"""
# The same, sharing the machine's namespace (--cgroupns=host).
SHARED_CONTAINER = CONTAINER.replace(
    "0:27 / /sys/fs/cgroup", "0:27 /../../system.slice/docker-4f1c.scope /sys/fs/cgroup"
)
# systemd, version 1: CentOS 7, Ubuntu 18.04.
VERSION_1 = """\
25 19 0:20 / /sys/fs/cgroup ro,nosuid,nodev,noexec shared:8 - tmpfs tmpfs ro,mode=755
26 25 0:21 / /sys/fs/cgroup/systemd rw,nosuid,nodev,noexec,relatime shared:9 - cgroup cgroup rw,xattr,name=systemd
28 25 0:23 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid,nodev,noexec,relatime shared:11 - cgroup cgroup rw,cpu,cpuacct
29 25 0:24 / /sys/fs/cgroup/memory rw,nosuid,nodev,noexec,relatime shared:12 - cgroup cgroup rw,memory
30 25 0:25 / /sys/fs/cgroup/pids rw,nosuid,nodev,noexec,relatime shared:13 - cgroup cgroup rw,pids
31 25 0:26 / /sys/fs/cgroup/freezer rw,nosuid,nodev,noexec,relatime shared:14 - cgroup cgroup rw,freezer
32 25 0:27 / /sys/fs/cgroup/cpuset rw,nosuid,nodev,noexec,relatime shared:15 - cgroup cgroup rw,cpuset
"""
OWN_VERSION_1 = """\
11:cpuset:/
8:freezer:/
5:pids:/user.slice/user-0.slice/session-1.scope
4:memory:/user.slice
3:cpu,cpuacct:/user.slice
1:name=systemd:/user.slice/user-0.slice/session-1.scope
"""
DOCKER_VERSION_1 = """\
700 699 0:24 /docker/4f1c /sys/fs/cgroup/memory ro,nosuid,nodev,noexec,relatime master:12 - cgroup cgroup rw,memory
701 699 0:23 /docker/4f1c /sys/fs/cgroup/cpu,cpuacct ro,nosuid,nodev - cgroup cgroup rw,cpu,cpuacct
"""
# Version 1 with version 2 beside it, without systemd; each controller in a hierarchy of its own.
HYBRID = """\
33 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
34 31 0:30 / /sys/fs/cgroup/cpuacct rw,relatime - cgroup cgroup rw,cpuacct
36 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
40 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
42 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
"""
OWN_HYBRID = "8:pids:/\n4:memory:/process_api/7baa\n2:cpuacct:/\n1:cpu:/\n0::/\n"

ROOT = Path("/sys/fs/cgroup")


def test_root_on_a_laptop_makes_groups_at_the_top():
    assert hierarchies(LAPTOP, SESSION, root=True) == {"core": Hierarchy(2, ROOT)}


def test_a_user_makes_groups_in_the_own_one():
    found = hierarchies(LAPTOP, SCOPE, root=False)
    assert found == {"core": Hierarchy(2, ROOT / SCOPE.removeprefix("0::/"))}
    session = hierarchies(LAPTOP, SESSION, root=False)["core"].parent
    assert session == ROOT / "user.slice/user-1000.slice/session-3.scope"


@pytest.mark.parametrize("own", ["0::/\n", "0::/../../system.slice/docker-4f1c.scope\n"])
@pytest.mark.parametrize("mountinfo", [CONTAINER, SHARED_CONTAINER])
def test_a_container_s_groups_are_where_it_sees_them(mountinfo, own):
    assert hierarchies(mountinfo, own, root=True) == {"core": Hierarchy(2, ROOT)}
    assert hierarchies(mountinfo, own, root=False) == {"core": Hierarchy(2, ROOT)}


def test_version_1_with_two_controllers_in_one_hierarchy():
    assert hierarchies(VERSION_1, OWN_VERSION_1, root=True) == {
        "cpu": Hierarchy(1, ROOT / "cpu,cpuacct/user.slice"),
        "cpuacct": Hierarchy(1, ROOT / "cpu,cpuacct/user.slice"),
        "memory": Hierarchy(1, ROOT / "memory/user.slice"),
        "pids": Hierarchy(1, ROOT / "pids/user.slice/user-0.slice/session-1.scope"),
    }


def test_version_1_in_a_container():
    own = "4:memory:/docker/4f1c/inner\n3:cpu,cpuacct:/docker/4f1c\n"
    found = hierarchies(DOCKER_VERSION_1, own, root=True)
    assert found["memory"] == Hierarchy(1, ROOT / "memory/inner")
    assert found["cpu"] == Hierarchy(1, ROOT / "cpu,cpuacct")


def test_both_versions():
    assert hierarchies(HYBRID, OWN_HYBRID, root=True) == {
        "cpu": Hierarchy(1, ROOT / "cpu"),
        "cpuacct": Hierarchy(1, ROOT / "cpuacct"),
        "memory": Hierarchy(1, ROOT / "memory/process_api/7baa"),
        "pids": Hierarchy(1, ROOT / "pids"),
        "core": Hierarchy(2, ROOT / "unified"),
    }


def test_a_machine_without():
    assert hierarchies("22 1 254:1 / / rw,relatime - ext4 /dev/vda1 rw\n", "", root=True) == {}
    assert control_groups.describe({}) == {
        "cpu": "governor (stop and continue)",
        "memory": "watched every 10 ms",
        "freeze": "SIGSTOP",
    }


@pytest.fixture
def parent(tmp_path: Path) -> Path:
    """A folder like one of version 2 that was delegated to this user."""
    (tmp_path / "cgroup.controllers").write_text("cpuset cpu io memory pids\n")
    (tmp_path / "cgroup.subtree_control").write_text("")
    return tmp_path


def test_controllers_of_version_2_are_turned_on_for_the_groups_below(parent):
    core = Hierarchy(2, parent)
    assert control_groups.usable({"core": core}) == dict.fromkeys(("core", "cpu", "memory", "pids"), core)
    assert (parent / "cgroup.subtree_control").read_text() == "+pids"  # the file takes one at a time


def test_controllers_that_are_not_there_are_not_used(parent):
    (parent / "cgroup.controllers").write_text("memory\n")
    core = Hierarchy(2, parent)
    assert control_groups.usable({"core": core}) == {"core": core, "memory": core}


def test_a_hierarchy_that_is_not_there_is_not_used(tmp_path):
    assert control_groups.usable({"cpu": Hierarchy(1, tmp_path / "gone")}) == {}


def test_version_1_comes_first_where_a_controller_is_there(parent, tmp_path):
    places = {"core": Hierarchy(2, parent), "memory": Hierarchy(1, tmp_path)}
    assert control_groups.usable(places)["memory"].version == 1


def test_the_member_of_a_delegated_group_makes_room(parent):
    control_groups.make_room(parent, 4711)
    assert (parent / "spawner" / "cgroup.procs").read_text() == "4711"


def written(folder: Path, *names: str) -> list[str]:
    return [(folder / name).read_text() for name in names]


def prepare(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / name.replace("_", ".", 1)).write_text(text)


@pytest.fixture
def group_2(tmp_path: Path) -> tuple[ControlGroup, Path]:
    group = ControlGroup(dict.fromkeys(("core", "cpu", "memory", "pids"), Hierarchy(2, tmp_path)), number=7)
    (folder,) = tmp_path.iterdir()
    prepare(
        folder,
        cpu_max="",
        cpu_weight="",
        cgroup_freeze="0",
        memory_peak="123456789\n",
        memory_current="100000000\n",
        cpu_stat="usage_usec 2500\nuser_usec 2000\nnr_throttled 3\nthrottled_usec 41\n",
        memory_stat="anon 1000\nfile 9000\nkernel 400\nshmem 500\nfile_mapped 1500\nslab_reclaimable 300\n",
        memory_events="low 0\nmax 7\noom 1\noom_kill 2\noom_group_kill 0\n",
        cgroup_procs="41\n42\n",
    )
    return group, folder


def test_limits_in_version_2(group_2):
    group, folder = group_2
    group.limit_memory(134_217_728)
    group.limit_processes(742)
    assert written(folder, "memory.max", "memory.swap.max", "pids.max") == ["134217728", "0", "742"]


@pytest.mark.parametrize(("vcpus", "line"), [(0.5, "10000 20000"), (128 / 1769, "1447 20000"), (None, "max 20000")])
def test_cpu_share_in_version_2(group_2, vcpus, line):
    group, folder = group_2
    group.set_cpu_share(vcpus)
    assert written(folder, "cpu.max", "cpu.weight") == [line, "10000"]


def test_freezing_writes_only_what_changes(group_2):
    group, folder = group_2
    group.thaw()
    (folder / "cgroup.freeze").write_text("untouched")
    group.thaw()
    assert written(folder, "cgroup.freeze") == ["untouched"]
    group.freeze()
    assert written(folder, "cgroup.freeze")[0][0] == "1"
    group.thaw()
    assert written(folder, "cgroup.freeze")[0][0] == "0"


def test_what_is_read_in_version_2(group_2):
    group, folder = group_2
    assert group.cpu_ns() == 2_500_000
    assert group.throttled_ns() == 41_000
    assert group.memory_peak_bytes() == 123_456_789
    assert group.file_bytes() == (7_000, 1_500)
    assert group.kernel_bytes() == 300
    assert group.oom_kills() == 2
    assert group.pids() == [41, 42]
    assert group.membership_files == [str(folder / "cgroup.procs")]


def test_before_linux_5_19_there_is_no_peak(group_2):
    group, folder = group_2
    (folder / "memory.peak").unlink()
    assert not group.keeps_memory_peak
    assert group.memory_peak_bytes() == 100_000_000


@pytest.fixture
def group_1(tmp_path: Path) -> tuple[ControlGroup, Path]:
    places = {name: Hierarchy(1, tmp_path / name) for name in ("memory", "pids")}
    places |= dict.fromkeys(("cpu", "cpuacct"), Hierarchy(1, tmp_path / "cpu,cpuacct"))
    for place in places.values():
        place.parent.mkdir(exist_ok=True)
    group = ControlGroup(places, number=7)
    (name,) = {folder.name for folder in tmp_path.glob("*/*")}
    prepare(
        tmp_path / "cpu,cpuacct" / name,
        cpu_shares="",
        cpuacct_usage="777\n",
        cpu_stat="nr_periods 5\nnr_throttled 2\nthrottled_time 999\n",
        cgroup_procs="43\n",
    )
    (tmp_path / "cpu,cpuacct" / name / "cpu.cfs_period_us").write_text("")
    (tmp_path / "cpu,cpuacct" / name / "cpu.cfs_quota_us").write_text("")
    prepare(
        tmp_path / "memory" / name,
        memory_max_usage_in_bytes="5000\n",
        memory_stat="cache 900\nrss 4000\nshmem 100\nmapped_file 300\n",
        memory_oom_control="oom_kill_disable 0\nunder_oom 0\noom_kill 3\n",
    )
    (tmp_path / "memory" / name / "memory.kmem.usage_in_bytes").write_text("60\n")
    return group, tmp_path


def test_limits_in_version_1(group_1):
    group, root = group_1
    group.limit_memory(134_217_728)
    group.limit_processes(742)
    (memory,), (pids,) = root.glob("memory/*"), root.glob("pids/*")
    assert written(memory, "memory.limit_in_bytes") == ["134217728"]
    assert written(pids, "pids.max") == ["742"]


@pytest.mark.parametrize(("vcpus", "quota"), [(0.5, "10000"), (None, "-1")])
def test_cpu_share_in_version_1(group_1, vcpus, quota):
    group, root = group_1
    group.set_cpu_share(vcpus)
    (cpu,) = root.glob("cpu,cpuacct/*")
    assert written(cpu, "cpu.cfs_period_us", "cpu.cfs_quota_us", "cpu.shares") == ["20000", quota, "262144"]


def test_what_is_read_in_version_1(group_1):
    group, _ = group_1
    assert group.cpu_ns() == 777
    assert group.throttled_ns() == 999
    assert group.memory_peak_bytes() == 5_000
    assert group.file_bytes() == (500, 300)
    assert group.kernel_bytes() == 60
    assert group.oom_kills() == 3
    assert group.pids() == [43]
    assert not group.has("core")
    assert len(group.membership_files) == 3


def test_a_group_is_removed_from_every_hierarchy(tmp_path):
    places = {name: Hierarchy(1, tmp_path / name) for name in ("memory", "pids")}
    for place in places.values():
        place.parent.mkdir()
    group = ControlGroup(places, number=1)
    assert len(list(tmp_path.glob("*/headstart-*-1"))) == 2
    group.remove()
    assert not list(tmp_path.glob("*/*"))


def manager(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "systemd").mkdir()
    (tmp_path / "systemd" / "private").touch()
    return {"XDG_RUNTIME_DIR": str(tmp_path)}


def test_a_user_with_a_systemd_manager_gets_a_scope_of_his_own(tmp_path):
    assert scope_command(manager(tmp_path), uid=1000, which=lambda name: f"/usr/bin/{name}") == [
        "/usr/bin/systemd-run", "--user", "--scope", "--quiet", "--collect", "--property=Delegate=yes", "--",
    ]  # fmt: skip


def test_who_gets_no_scope(tmp_path):
    environ = manager(tmp_path)
    assert scope_command(environ, uid=0, which=lambda name: name) == []
    assert scope_command(environ, uid=1000, which=lambda _: None) == []
    assert scope_command({"XDG_RUNTIME_DIR": str(tmp_path / "other")}, uid=1000, which=lambda name: name) == []
