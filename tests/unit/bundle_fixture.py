"""Packages as uv leaves them, and tools that need neither uv nor the network."""

import asyncio
import csv
import shutil
from collections.abc import Mapping
from pathlib import Path

from headstart.engine import interpreters
from headstart.engine.install import compile_folder
from headstart.model.bundle import BundleFormat, BundleOrder, BundleResult, BundleSettings
from headstart.model.function import Architecture
from headstart.model.progress import NoProgress
from headstart.optimize.bundle import build, pruning
from headstart.optimize.bundle.listing import Listing, listing, owners_in

RUNTIME = "python3.11"


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write ``files`` under ``root``."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def distribution(root: Path, name: str, files: Mapping[str, str | bytes], *, version: str = "1.0") -> Path:
    """Install ``files`` as a distribution would be, with its records."""
    info = f"{name}-{version}.dist-info"
    records = {
        "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        "WHEEL": "Wheel-Version: 1.0\nTag: py3-none-any\n",
        "INSTALLER": "uv",
        "direct_url.json": f'{{"url": "file://{root}"}}',
    }
    every = {**files, **{f"{info}/{record}": text for record, text in records.items()}}
    write(root, every)
    with (root / info / "RECORD").open("w", newline="") as record:
        csv.writer(record).writerows([(path, "", "") for path in (*every, f"{info}/RECORD")])
    return root


def listed(root: Path) -> Listing:
    return listing(root, owners_in(root))


def gone(root: Path, settings: BundleSettings | None = None) -> dict[str, str]:
    """What is pruned and why, but for the records of distributions."""
    reasons = pruning.plan(listed(root), settings or BundleSettings()).reasons
    return {path: why for path, why in reasons.items() if ".dist-info/" not in path}


class FakeTools:
    """Installs by copying a folder that is there, and compiles with the Python of the tests."""

    def __init__(self, installed: Path, code: Path, *, layers_bytes: int = 0) -> None:
        self._installed, self._code, self._layers_bytes = installed, code, layers_bytes

    async def install(self, into: Path) -> None:
        shutil.copytree(self._installed, into, dirs_exist_ok=True)

    async def lay_code(self, into: Path) -> None:
        shutil.copytree(self._code, into, dirs_exist_ok=True)

    async def compile(self, root: Path, *, shown_as: str, beside: bool) -> None:
        python = interpreters.find(RUNTIME)
        await compile_folder(root, interpreter=python, shown_as=shown_as, progress=NoProgress(), beside=beside)

    def layers_bytes(self) -> int:
        return self._layers_bytes


def order(output: Path, **changed: object) -> BundleOrder:
    by_name = BundleFormat.ZIP if output.suffix == ".zip" else BundleFormat.DIR
    return BundleOrder(**{"output": output, "format": by_name, **changed})  # type: ignore[arg-type]


def bundle(installed: Path, code: Path, wanted: BundleOrder, *, layers_bytes: int = 0) -> BundleResult:
    source = build.Source(code=code, handler="app.handler", runtime=RUNTIME, architecture=Architecture.X86_64)
    tools = FakeTools(installed, code, layers_bytes=layers_bytes)
    return asyncio.run(build.build(source, wanted, tools=tools, progress=NoProgress()))
