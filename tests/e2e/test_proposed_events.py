"""Events that are proposed for functions with real frameworks are ones that their routes take."""

import json
import shutil
from pathlib import Path

import pytest

from headstart.infra import config_file
from headstart.infra.event_proposals.proposing import uncovered
from headstart.lab import Lab

APPS = Path(__file__).parents[2] / "bench/apps"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("fastapi_mangum", {"get-rates": 200, "post-loans-schedule": 201, "post-loans-cheapest": 200}),
        ("powertools", {"get-prices-country": 200, "post-parcels": 400, "sqs": None}),
    ],
)
async def test_each_is_answered(name, answers, tmp_path, monkeypatch):
    app = tmp_path / name
    shutil.copytree(APPS / name, app, ignore=shutil.ignore_patterns("events", "tests", "__pycache__"))
    config = app / "headstart.toml"
    config.write_text(config.read_text().partition("# What it is optimised by")[0])
    proposed = uncovered(config_file.read(app))
    async with Lab() as lab:
        invoker = await lab.invoker(config_file.read(app))
        reports = {each.name: await invoker.invoke(each.event) for each in proposed}
    assert {key: json.loads(report.outcome.payload).get("statusCode") for key, report in reports.items()} == answers
