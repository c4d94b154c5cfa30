"""The function of examples/compute in real execution environments, where there is no /dev/shm."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import headstart_kit
from headstart.model.invocation import Event

COMPUTE = Path(__file__).parents[2] / "examples/compute"
# Says beside the answer what its child processes have computed, as the kernel counts it.
SOURCE = """
    import os
    import app

    def handler(event, context):
        before_s = os.times().children_user
        answer = app.handler(event, context)
        return {
            "answer": answer,
            "children_cpu_s": os.times().children_user - before_s,
            "has_shm": os.path.isdir("/dev/shm"),
        }
"""
LARGEST = {"action": "cpu_intensive_batch", "numbers": {"first": 19_001, "last": 20_000}}


@pytest.fixture
def ask(deploy, tmp_path: Path):
    """Invoke the function at a memory size, with the kit in its package."""

    async def ask(memory_mb: int, *, timeout_s: int = 60, **event: object) -> Any:
        folder = tmp_path / "function"
        if not folder.exists():
            shutil.copytree(COMPUTE, folder)
            shutil.copytree(Path(headstart_kit.__file__).parent, folder / "headstart_kit")
        invoker = await deploy(
            SOURCE,
            memory_mb=memory_mb,
            timeout_s=timeout_s,
            name="probe.py",
            handler="probe.handler",
            environment={"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "DATA_BUCKET": "none"},
        )
        report = await invoker.invoke(Event(json.dumps(event).encode()))
        assert report.succeeded, report.outcome
        return json.loads(report.outcome.payload)

    return ask


async def test_d71_at_two_vcpus_a_batch_really_runs_in_processes_and_answers_as_serially(ask):
    found = await ask(3538, **LARGEST)
    serial = await ask(3538, **LARGEST, mode="serial")
    assert found["has_shm"] is serial["has_shm"] is False
    assert (found["answer"]["ran"]["kind"], found["answer"]["ran"]["at_once"]) == ("processes", 2)
    assert found["children_cpu_s"] > 0
    assert serial["children_cpu_s"] == 0
    assert found["answer"]["results"] == serial["answer"]["results"]
    assert len(found["answer"]["results"]) == 1_000


@pytest.mark.parametrize("memory_mb", [512, 1769])
async def test_d75_up_to_a_vcpu_no_process_starts(ask, memory_mb: int):
    found = await ask(memory_mb, action="performance_benchmark", numbers={"first": 1, "last": 300}, rounds=1)
    assert found["children_cpu_s"] == 0
    assert [row["ran"] for row in found["answer"]["rows"]] == [["serial"], ["threads"], ["serial"], ["serial"]]


@pytest.mark.parametrize("mode", ["serial", "threads", "auto"])
async def test_d80_a_batch_is_answered_before_the_timeout(ask, mode: str):
    answer = (await ask(256, timeout_s=1, **LARGEST, mode=mode))["answer"]
    missed = [one for one in answer["results"] if "error" in one]
    assert 0 < len(missed) < len(answer["results"]) == 1_000
    assert answer["unfinished"] == len(missed)
