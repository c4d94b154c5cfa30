"""The folder that stands for /var/runtime: AWS's runtime client and SDK at pinned versions, and our bootstrap."""

import asyncio
import platform
import re
import shutil
import sys
from pathlib import Path

from headstart.engine import tree
from headstart.engine.cache import Cache, default
from headstart.engine.install import compile_folder, install
from headstart.engine.interpreters import Interpreter
from headstart.model.progress import NoProgress, Progress

AWSLAMBDARIC_VERSION = "4.2.2"
_HERE = Path(__file__).parent
_LOCK = _HERE / "runtime-requirements.txt"
_GUEST = _HERE / "guest"
_PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[\w.]+)", re.MULTILINE)
# They follow awslambdaric's own needs when it is another version than the lock file's.
_FOLLOWING = ("awslambdaric", "simplejson", "snapshot-restore-py")


async def ensure(
    interpreter: Interpreter,
    *,
    awslambdaric_version: str = AWSLAMBDARIC_VERSION,
    progress: Progress | None = None,
    cache: Cache | None = None,
) -> Path:
    """The runtime folder for ``interpreter``, built on first use. Anybody may read it; nobody should write it.

    Raises:
        PackageError: a package could not be installed.
        RequestError: the cache cannot be written.
    """
    wanted = requirements(_LOCK.read_text(), awslambdaric_version=awslambdaric_version)
    guest = sorted(_GUEST.glob("*.py"))
    progress = progress or NoProgress()

    async def build(folder: Path) -> None:
        listed = folder / "runtime-requirements.txt"
        listed.write_text(wanted)
        await install(
            listed,
            folder,
            interpreter=interpreter,
            folder=folder,
            progress=progress,
            options=_options(hashed="--hash" in wanted),
        )
        shutil.rmtree(folder / "bin", ignore_errors=True)
        for module in guest:
            shutil.copyfile(module, folder / module.name)
        await compile_folder(folder, interpreter=interpreter, shown_as="/var/runtime", progress=progress)
        await asyncio.to_thread(tree.make_readable, folder)

    key = tree.fingerprint(
        wanted, interpreter.version, sys.platform, platform.machine(), *(f"{m.name}:{m.read_text()}" for m in guest)
    )
    return await (cache or default()).entry("runtime", key, build=build)


def requirements(lock: str, *, awslambdaric_version: str) -> str:
    """The lock file as it is, or, for another awslambdaric, the same pins without hashes."""
    pins = {pin["name"]: pin["version"] for pin in _PIN.finditer(lock)}
    if pins["awslambdaric"] == awslambdaric_version:
        return lock
    kept = [f"{name}=={version}" for name, version in pins.items() if name not in _FOLLOWING]
    return "\n".join([f"awslambdaric=={awslambdaric_version}", *kept, ""])


def _options(*, hashed: bool) -> list[str]:
    # awslambdaric has wheels for Linux only; elsewhere its source installs without the compiled client.
    binary = ["--only-binary", ":all:"] if sys.platform == "linux" else []
    return binary + (["--require-hashes"] if hashed else [])
