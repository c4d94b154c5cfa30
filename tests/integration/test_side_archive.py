"""headstart bundle --side-archive in real sandboxes: what no event loads is archived, and there for one that does."""

import random
from pathlib import Path

import msgspec
import pytest

from headstart.engine.invoker import LocalInvoker
from headstart.engine.local_lambda import LocalLambda
from headstart.infra import config_file
from headstart.lab import Lab
from headstart.model.bundle import BundleFormat, BundleOrder
from headstart.model.invocation import Event, Succeeded
from headstart.model.progress import NoProgress
from headstart.model.proof import Verdict
from headstart.optimizing.optimized import Optimization, bundle_optimized

pytestmark = pytest.mark.slow

_NUMBERS = random.Random(1)
FILES = {
    "headstart.toml": """
[function]
name = "tested"
handler = "app.handler"
memory_mb = 1769

[[events]]
name = "usual"
payload = {}
""",
    "app.py": """
import big.used

try:
    import big.failing
except ModuleNotFoundError:
    pass


def handler(event, context):
    if event:
        from big import rare
        return rare.FIRST
    return big.used.FIRST
""",
    "big/__init__.py": "",
    "big/used.py": "FIRST = 1",
    "big/failing.py": "import nowhere",
    # Letters, of which an archive saves a quarter.
    "big/rare.py": f"FIRST = 2\nTEXT = '{''.join(_NUMBERS.choices('abcdefghijklmnopqrstuvwxyz', k=2_500_000))}'",
    "big-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: big\nVersion: 1.0\n",
    "big-1.0.dist-info/RECORD": "big/__init__.py,,\nbig/used.py,,\nbig/failing.py,,\nbig/rare.py,,\n",
}


async def test_what_no_event_loads_is_archived_and_there_for_one_that_was_not_recorded(tmp_path: Path):
    folder = tmp_path / "function"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    project = config_file.read(folder)
    how = Optimization(open_lab=Lab, defers=False, archives=True)
    order = BundleOrder(output=tmp_path / "out", format=BundleFormat.DIR)
    made = await bundle_optimized(project, order, how=how, progress=NoProgress())
    assert made.archive is not None
    assert (made.archive.modules, made.archive.proof) == (("big/rare.py",), Verdict.SAME), made.archive
    assert made.archive.parts[0].owner == "big==1.0"
    assert made.archive.saved_bytes > 1024 * 1024
    assert not (tmp_path / "out/big/rare.py").exists()

    other = Event(b'{"rare": true}', name="rare")
    async with LocalLambda() as engine:
        invoker = LocalInvoker(engine, await engine.deploy(config_file.read(tmp_path / "out").spec))
        report = await invoker.invoke(other)
        await invoker.close()
    assert report.outcome == Succeeded(b"2")
    assert any("a module of the side archive was needed: big.rare" in line.text for line in report.log)

    again = await bundle_optimized(
        project, msgspec.structs.replace(order, output=tmp_path / "again"), how=how, progress=NoProgress()
    )
    assert again.archive is not None
    assert again.archive.is_locked
    assert again.function.digest == made.function.digest
