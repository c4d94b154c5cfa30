"""headstart bundle --preload in real sandboxes: what changes the function is left out, and the rest is done in init."""

from pathlib import Path

import msgspec
import pytest

from headstart.engine.invoker import LocalInvoker
from headstart.engine.local_lambda import LocalLambda
from headstart.infra import config_file
from headstart.lab import Lab
from headstart.model.bundle import BundleFormat, BundleOrder
from headstart.model.deferral_result import LOCK_FILE
from headstart.model.progress import NoProgress
from headstart.model.proof import Verdict
from headstart.optimizing.optimized import Optimization, bundle_optimized, plan_of

pytestmark = pytest.mark.slow

FILES = {
    "headstart.toml": """
[function]
name = "tested"
handler = "app.handler"
memory_mb = 128
timeout_s = 60

[[events]]
name = "any"
payload = {}
""",
    "app.py": """
import os


def handler(event, context):
    os.environ["MODE"] = "handler"
    import heavy, moody
    return {"heavy": heavy.VALUE, "mode": moody.MODE}
""",
    "heavy.py": "VALUE = sum(number % 7 for number in range(400_000))",
    "moody.py": "import os\nMODE = os.environ.get('MODE', 'init')\nsum(number % 7 for number in range(400_000))",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "function"
    root.mkdir()
    for name, text in FILES.items():
        (root / name).write_text(text)
    return root


async def test_what_first_invocations_need_is_done_in_init_as_far_as_it_changes_nothing(folder, tmp_path):
    project = config_file.read(folder)
    how = Optimization(open_lab=Lab, defers=False, preloads=True)
    planned = await plan_of(project, project.bundle, how=how, progress=NoProgress())
    assert [step.name for step in planned.preloaded] == ["heavy", "moody"]
    assert planned.planned.p50_ms < planned.now.p50_ms / 2
    assert not (folder / LOCK_FILE).exists()

    order = BundleOrder(output=tmp_path / "out", format=BundleFormat.DIR)
    made = await bundle_optimized(project, order, how=how, progress=NoProgress())
    assert made.preload is not None
    assert [step.name for step in made.preload.steps] == ["heavy"], made.preload
    assert (made.preload.culprits, made.preload.proof) == (("moody",), Verdict.SAME)
    assert (tmp_path / "out/app.py").read_text() == FILES["app.py"]
    assert await loaded_by_the_first_event(tmp_path / "out") == ["moody"]
    assert await loaded_by_the_first_event(tmp_path / "out", HEADSTART_DEFERRAL="off") == ["heavy", "moody"]

    again = await bundle_optimized(
        project, msgspec.structs.replace(order, output=tmp_path / "again"), how=how, progress=NoProgress()
    )
    assert again.preload is not None
    assert again.preload.is_locked
    assert again.function.digest == made.function.digest


async def loaded_by_the_first_event(package: Path, **variables: str) -> list[str]:
    project = config_file.read(package)
    async with LocalLambda() as engine:
        invoker = LocalInvoker(engine, await engine.deploy(project.spec)).with_variables(variables)
        record = await invoker.profile("probe_first_use", project.events)
    return [module["name"] for module in record["modules"]]
