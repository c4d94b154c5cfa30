"""The memory size of a function is tuned in real sandboxes, which go out of memory as they do on Lambda."""

import asyncio
from pathlib import Path

import pytest
from leftovers import wait_for_none

from headstart.infra.project import Project
from headstart.lab import Lab
from headstart.model.function import FunctionSpec, MemorySize
from headstart.model.invocation import Event
from headstart.model.progress import NoProgress
from headstart.model.tuning import INTERRUPTED, TuneOptions
from headstart.tuning import tune

SOURCE = """
def handler(event, context):
    block = bytearray(event["mb"] * 1024 * 1024)
    block[::4096] = b"x" * len(block[::4096])
    return sum(range(200_000))
"""
EVENTS = (Event(b'{"mb": 1}', name="light"), Event(b'{"mb": 300}', name="heavy"))


def project(folder: Path) -> Project:
    (folder / "app.py").write_text(SOURCE)
    spec = FunctionSpec(name="tuned", code=folder, handler="app.handler", memory=MemorySize(256), timeout_s=10)
    return Project(spec=spec, events=EVENTS)


@pytest.mark.slow
async def test_a_function_that_needs_300_mb_for_some_events_gets_a_size_that_holds_them(tmp_path):
    kept = []
    async with Lab() as lab:
        found = await tune(lab, project(tmp_path), options=TuneOptions(), keep=kept.append, progress=NoProgress())
        given = TuneOptions(sizes=(MemorySize(128), MemorySize(512)))
        exact = await tune(lab, project(tmp_path), options=given, keep=kept.append, progress=NoProgress())
    chosen = found.recommendations[0]
    assert 340 < chosen.memory_mb <= 1769
    assert chosen.saves_ms is None
    assert all(size.memory_mb >= 340 for size in found.sizes if size.is_usable)
    assert found.invocations <= 20
    small, large = exact.sizes
    assert (small.is_usable, small.outcomes["Runtime.OutOfMemory"], small.cost.value) == (False, 1, 0)
    assert (large.is_usable, large.outcomes) == (True, {"succeeded": 10})
    assert exact.recommendations[0].memory_mb == 512
    assert len(kept) == found.invocations + exact.invocations
    assert not wait_for_none()


@pytest.mark.slow
async def test_a_search_that_is_interrupted_returns_what_it_has_and_leaves_nothing(tmp_path):
    kept = []

    def keep(report):
        kept.append(report)
        if len(kept) == 6:
            asyncio.get_running_loop().call_soon(running.cancel)

    async with Lab() as lab:
        running = asyncio.create_task(
            tune(lab, project(tmp_path), options=TuneOptions(), keep=keep, progress=NoProgress())
        )
        result = await running
        assert result.ended == INTERRUPTED
        assert result.invocations == len(kept) < 12
    assert not wait_for_none()
