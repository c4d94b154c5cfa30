import asyncio
import os
import stat
import subprocess
from pathlib import Path

import pytest

from headstart.engine import interpreters, runtime_folder
from headstart.engine.cache import Cache
from headstart.engine.interpreters import Interpreter
from headstart.engine.runtime_folder import requirements

LOCK = Path(runtime_folder.__file__).with_name("runtime-requirements.txt").read_text()
CARRIED = {
    "awslambdaric",
    "boto3",
    "botocore",
    "jmespath",
    "python-dateutil",
    "s3transfer",
    "simplejson",
    "six",
    "snapshot-restore-py",
    "urllib3",
}
IMPORT_ALL = """
import sys
sys.path.insert(0, sys.argv[1])
import awslambdaric, awslambdaric.bootstrap, boto3, dateutil, simplejson, snapshot_restore_py, runtime_client
modules = [module for module in sys.modules.values() if getattr(module, "__file__", None)]
print(all(m.__file__.startswith(sys.argv[1]) for m in modules if m.__name__.split(".")[0] in ("boto3", "awslambdaric")))
"""


def pinned(text: str) -> dict[str, str]:
    lines = [line.split(" ")[0] for line in text.splitlines() if "==" in line and not line.startswith("#")]
    return dict(line.split("==") for line in lines)


def test_the_lock_pins_all_that_the_runtime_carries_by_hash():
    pins = pinned(LOCK)
    assert set(pins) == CARRIED
    assert pins["awslambdaric"] == runtime_folder.AWSLAMBDARIC_VERSION
    blocks = LOCK.split("==")[1:]
    assert all("--hash=sha256:" in block for block in blocks[-len(CARRIED) :])


def test_the_locked_version_is_installed_from_the_lock():
    assert requirements(LOCK, awslambdaric_version=runtime_folder.AWSLAMBDARIC_VERSION) == LOCK


def test_another_version_keeps_the_other_pins_without_hashes():
    text = requirements(LOCK, awslambdaric_version="4.0.1")
    assert "--hash" not in text
    assert pinned(text) == {
        **{name: version for name, version in pinned(LOCK).items() if name not in runtime_folder._FOLLOWING},
        "awslambdaric": "4.0.1",
    }


@pytest.mark.slow
@pytest.mark.parametrize("python", interpreters.installed(), ids=lambda python: python.runtime)
async def test_the_folder_runs_on_every_python_of_this_machine(python, tmp_path):
    cache = Cache(tmp_path)
    folder, again = await asyncio.gather(*(runtime_folder.ensure(python, cache=cache) for _ in range(2)))
    assert folder == again
    assert imports_its_own(python, folder)
    assert_complete(folder)


def imports_its_own(python: Interpreter, folder: Path) -> bool:
    command = [str(python.executable), "-I", "-S", "-c", IMPORT_ALL, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout == "True\n"


def assert_complete(folder: Path) -> None:
    """Our bootstrap, bytecode for every module, and readable by anybody."""
    guest = Path(runtime_folder.__file__).parent / "guest"
    for module in guest.glob("*.py"):
        assert (folder / module.name).read_bytes() == module.read_bytes()
    for source in folder.rglob("*.py"):
        [bytecode] = (source.parent / "__pycache__").glob(f"{source.stem}.cpython-*.pyc")
        assert bytecode.read_bytes()[4:8] == b"\x01\x00\x00\x00"
    modes = [stat.S_IMODE(Path(place, name).stat().st_mode) for place, _, names in os.walk(folder) for name in names]
    assert all(mode & 0o444 == 0o444 for mode in modes)


@pytest.mark.slow
async def test_the_oldest_runtime_client_can_take_its_place(tmp_path):
    python = interpreters.installed()[-1]
    folder = await runtime_folder.ensure(python, awslambdaric_version="4.0.1", cache=Cache(tmp_path))
    assert (folder / "awslambdaric-4.0.1.dist-info").is_dir()
    assert (folder / "boto3").is_dir()
