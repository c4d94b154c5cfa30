"""Small packages compiled and rewritten as a bundle's are, and programs run in them."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from headstart.engine import interpreters
from headstart.engine.install import compile_folder
from headstart.engine.scripts import run_script
from headstart.model.deferral import DeferrableImport
from headstart.model.progress import NoProgress
from headstart.optimize.deferral.rewriting import Rewriting, rewrite_imports

OURS = f"python3.{sys.version_info.minor}"
PYTHONS = [
    pytest.param(each.runtime, marks=[] if each.runtime == OURS else [pytest.mark.slow])
    for each in interpreters.installed()
]
_HERE = Path(__file__).parent
_GUEST = _HERE.parents[1] / "src/headstart/optimize/guest"


class Tools:
    """The Python of this machine that stands for a runtime."""

    def __init__(self, runtime: str) -> None:
        self.interpreter = interpreters.find(runtime)

    async def run(self, script: Path, *, request: bytes, stage: str) -> bytes:
        return await run_script(
            script, interpreter=self.interpreter, request=request, stage=stage, progress=NoProgress()
        )


def laid(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def compiled(root: Path, *, runtime: str = OURS, shown_as: str = "/var/task", beside: bool = False) -> dict[str, bytes]:
    """The bytecode under ``root``, made as for a bundle."""
    interpreter = interpreters.find(runtime)
    how = compile_folder(root, interpreter=interpreter, shown_as=shown_as, progress=NoProgress(), beside=beside)
    asyncio.run(how)
    return bytecode(root)


def bytecode(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*.pyc"))}


def rewritten(root: Path, *, runtime: str = OURS, **how: object) -> tuple[DeferrableImport, ...]:
    given = {"shown_as": "/var/task", "chosen": None, **how}
    places = {root: str(given.pop("shown_as"))}
    return asyncio.run(rewrite_imports(places, tools=Tools(runtime), rewriting=Rewriting(**given)))  # type: ignore[arg-type]


def built(root: Path, files: Mapping[str, str], *, runtime: str = OURS) -> tuple[DeferrableImport, ...]:
    """Lay out ``files`` and put off all that can be."""
    compiled(laid(root, files), runtime=runtime, shown_as=str(root))
    return rewritten(root, runtime=runtime, shown_as=str(root))


def run(root: Path, program: str, *, runtime: str = OURS, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program that finds the modules under ``root`` and the standard library."""
    command = [
        interpreters.find(runtime).executable,
        "-S",
        "-s",
        "-B",
        "-c",
        f"import sys\nsys.path.insert(0, sys.argv[1])\n{program}",
        root,
    ]
    given = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run(command, env=given, capture_output=True, text=True, check=False, timeout=60)


def said(root: Path, program: str, **environment: str) -> str:
    """What a program that ends well writes on its standard output."""
    done = run(root, program, **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def outcomes(
    folder: Path, packages: Mapping[str, Mapping[str, str]], *, runtime: str, culprits: Mapping[str, list[str]]
) -> dict[str, Any]:
    """What ``run_packages.py`` tells of each package, by its name."""
    for name, files in packages.items():
        laid(folder / name, files)
    given = [f"{folder / name}={' '.join(culprits.get(name, []))}" for name in packages]
    command = [interpreters.find(runtime).executable, "-S", "-s", _HERE / "run_packages.py", _GUEST, *given]
    done = subprocess.run(command, capture_output=True, check=False, timeout=110)
    assert done.returncode == 0, done.stderr.decode()
    return {Path(root).name: outcome for root, outcome in json.loads(done.stdout).items()}
