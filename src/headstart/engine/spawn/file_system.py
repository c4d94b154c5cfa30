"""Builds the file system that a function sees: read-only but for /tmp, and nothing of the machine's own files.

A plan (made by ``engine/sandbox.py``) is a dict: ``binds`` [[source, target]], ``masks`` [target], ``cpus`` (number
shown in /sys), ``tmp`` {"kind": "ext4" | "tmpfs", "device": path, "size_bytes": n}, ``user`` [uid, gid].
"""

import os
from typing import Any

import linux

# The new root is mounted here because every Linux has this folder, and nothing below it is needed any more.
_NEW_ROOT = "/sys"
_DEVICES = ("null", "zero", "full", "random", "urandom")
_FOLDERS = ("var/task", "var/runtime", "var/lang", "opt", "tmp", "dev", "proc", "etc", "mnt", "home", "root", "run")
_LINKS = {
    "dev/fd": "/proc/self/fd",
    "dev/stdin": "/proc/self/fd/0",
    "dev/stdout": "/proc/self/fd/1",
    "dev/stderr": "/proc/self/fd/2",
}
_SYSTEM_FOLDERS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_SYSTEM_BINDS = ("/usr", "/nix")
_ETC = (
    "alternatives", "ca-certificates", "gai.conf", "host.conf", "hosts", "ld.so.cache", "localtime", "mime.types",
    "nsswitch.conf", "pki", "protocols", "resolv.conf", "services", "ssl",
)  # fmt: skip


def build(plan: "dict[str, Any]") -> None:
    """Build the file system in this (new) mount namespace and make it the root."""
    linux.mount("", "/", flags=linux.MS_REC | linux.MS_PRIVATE)
    linux.mount("tmpfs", _NEW_ROOT, kind="tmpfs", flags=linux.MS_NOSUID, options="mode=755,size=4m")
    for folder in _FOLDERS:
        os.makedirs(f"{_NEW_ROOT}/{folder}", exist_ok=True)
    _system()
    _etc(*plan["user"])
    for source, target in plan["binds"]:
        _bind_for_all(source, target)
    for target in plan["masks"]:
        if os.path.isdir(_NEW_ROOT + target):
            flags = linux.MS_RDONLY | linux.MS_NOSUID | linux.MS_NODEV
            linux.mount("tmpfs", _NEW_ROOT + target, kind="tmpfs", flags=flags, options="mode=755,size=4k")
    _devices()
    _processors(plan["cpus"])
    _tmp(plan["tmp"], uid=plan["user"][0], gid=plan["user"][1])
    linux.mount("proc", f"{_NEW_ROOT}/proc", kind="proc", flags=linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC)
    linux.bind(f"{_NEW_ROOT}/proc/sys", f"{_NEW_ROOT}/proc/sys")
    linux.mount("", _NEW_ROOT, flags=linux.MS_REMOUNT | linux.MS_RDONLY | linux.MS_NOSUID)
    linux.pivot_root(_NEW_ROOT)


def _bind_for_all(source: str, target: str) -> None:
    """Show a folder that its owner may keep to himself: its own mode is not part of what a deployment ships."""
    if not os.path.isdir(source) or os.stat(source).st_mode & 0o5 == 0o5:
        _bind(source, target)
        return
    os.makedirs(_NEW_ROOT + target, exist_ok=True)
    for entry in os.scandir(source):
        if entry.is_symlink():
            os.symlink(os.readlink(entry.path), f"{_NEW_ROOT}{target}/{entry.name}")
        else:
            _bind(entry.path, f"{target}/{entry.name}")


def _bind(source: str, target: str) -> None:
    place = _NEW_ROOT + target
    if os.path.isdir(source):
        os.makedirs(place, exist_ok=True)
    elif not os.path.exists(place):
        os.makedirs(os.path.dirname(place), exist_ok=True)
        os.close(os.open(place, os.O_CREAT | os.O_WRONLY, 0o644))
    linux.bind(source, place)


def _system() -> None:
    for path in _SYSTEM_BINDS:
        if os.path.isdir(path):
            _bind(path, path)
    for name in _SYSTEM_FOLDERS:
        if os.path.islink(f"/{name}"):
            os.symlink(os.readlink(f"/{name}"), f"{_NEW_ROOT}/{name}")
        elif os.path.isdir(f"/{name}"):
            _bind(f"/{name}", f"/{name}")


def _etc(uid: int, gid: int) -> None:
    for name in _ETC:
        source = os.path.realpath(f"/etc/{name}")
        if os.path.exists(source):
            _bind(source, f"/etc/{name}")
    _write(
        "etc/passwd", f"root:x:0:0:root:/root:/bin/sh\nsbx_user1051:x:{uid}:{gid}::/home/sbx_user1051:/sbin/nologin\n"
    )
    _write("etc/group", f"root:x:0:\nsbx_user1051:x:{gid}:\n")


def _devices() -> None:
    for name in _DEVICES:
        place = f"{_NEW_ROOT}/dev/{name}"
        os.close(os.open(place, os.O_CREAT | os.O_WRONLY, 0o666))
        linux.mount(f"/dev/{name}", place, flags=linux.MS_BIND)
    for place, goal in _LINKS.items():
        os.symlink(goal, f"{_NEW_ROOT}/{place}")


def _processors(cpus: int) -> None:
    """What glibc, and so ``os.cpu_count()``, reads."""
    online = f"0-{cpus - 1}\n" if cpus > 1 else "0\n"
    for name in ("online", "possible", "present"):
        _write(f"sys/devices/system/cpu/{name}", online)


def _tmp(tmp: "dict[str, Any]", *, uid: int, gid: int) -> None:
    place = f"{_NEW_ROOT}/tmp"
    if tmp["kind"] == "ext4":
        # Nobody reads the disk again: no need to wait for the machine to write it down.
        flags = linux.MS_NOSUID | linux.MS_NODEV
        linux.mount(tmp["device"], place, kind="ext4", flags=flags, options="nobarrier")
        os.rmdir(f"{place}/lost+found")
    else:
        options = f"mode=700,size={tmp['size_bytes']},uid={uid},gid={gid}"
        linux.mount("tmpfs", place, kind="tmpfs", flags=linux.MS_NOSUID | linux.MS_NODEV, options=options)
    os.chown(place, uid, gid)
    os.chmod(place, 0o700)


def _write(name: str, text: str) -> None:
    path = f"{_NEW_ROOT}/{name}"
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)
