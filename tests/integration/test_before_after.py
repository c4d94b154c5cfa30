"""A package and a bundle of it in real sandboxes: what is run in turn, and under which variables."""

import msgspec
import pytest

from headstart.infra import config_file
from headstart.lab import Lab
from headstart.measure.check import CheckOptions
from headstart.model.bundle import MARK, BundleFacts, DeferralFacts

HANDLER = """import os
def handler(event, context):
    return [os.environ.get("HEADSTART_DEFERRAL"), bool(__cached__ and os.path.exists(__cached__))]
"""


@pytest.mark.slow
async def test_a_bundle_is_run_as_it_is_and_with_nothing_deferred(tmp_path):
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "app.py").write_text(HANDLER)
    deferral = DeferralFacts(imports=2, events=1, proof=None)
    facts = BundleFacts(runtime="python3.11", architecture="x86_64", handler="app.handler", deferral=deferral)
    (tmp_path / "new" / MARK).write_bytes(msgspec.json.encode(facts))
    old, new = (config_file.read(tmp_path / name) for name in ("old", "new"))
    cold = []
    async with Lab() as lab:
        _, result = await lab.check_against(
            old, new, options=CheckOptions(runs=1), keep=lambda report: cold.append(report) if report.cold else None
        )
    assert [report.outcome.payload for report in cold[:4]] == [
        b"[null, false]",
        b"[null, true]",
        b"[null, false]",
        b'["off", false]',
    ]
    assert [step.name for step in result.comparison.steps] == [
        "the package as it was",
        "with bytecode",
        "pruned",
        "2 imports deferred",
    ]
    assert result.function.package_zipped_mb > 0
