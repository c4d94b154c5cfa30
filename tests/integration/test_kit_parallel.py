"""``parallel_map`` in real execution environments, where there is no /dev/shm."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from kit import parallel_faults

import headstart_kit
from headstart.model.invocation import Event

SOURCE = """
    import multiprocessing
    import os
    import time

    from headstart_kit.handlers import handler as kit_handler
    from headstart_kit.parallel.mapping import parallel_map

    def burn(cpu_ms):
        end = time.thread_time() + cpu_ms / 1000
        while time.thread_time() < end:
            pass

    def what_starts(make):
        try:
            make()
        except OSError as error:
            return type(error).__name__
        return "starts"

    def no_shm(event):
        return {
            "shm": os.path.isdir("/dev/shm"),
            "pool": what_starts(lambda: multiprocessing.get_context("fork").Pool(2)),
            "results": parallel_map(lambda x: x * x, range(50), kind="processes"),
        }

    def by_itself(event):
        reports = []
        item = (lambda x: time.sleep(0.01)) if event["waits"] else (lambda x: burn(5))
        parallel_map(item, range(40), report=reports.append)
        return {"kind": reports[0].kind, "at_once": reports[0].at_once}

    def late(event):
        parallel_map(lambda x: time.sleep(0.05), range(1000), kind=event["kind"])

    def eats_memory(event):
        def item(x):
            return len(b"x" * 3 * 10**9) if x == 3 else x
        results = parallel_map(item, range(8), kind="processes", on_error="keep")
        return [str(getattr(result, "error", result)) for result in results]

    @kit_handler(reveal_faults=True)
    def handler(event, context):
        return globals()[event["what"]](event)
"""

FAULTS = Path(parallel_faults.__file__).read_text()


@pytest.fixture
def ask(deploy, tmp_path: Path):
    """Invoke the function above at a memory size, with the kit in its package."""

    async def ask(memory_mb: int, *, source: str = SOURCE, **event: object) -> Any:
        invoker = await deploy(source, memory_mb=memory_mb, timeout_s=event.pop("timeout_s", 60))
        kit = tmp_path / "function/headstart_kit"
        if not kit.exists():
            shutil.copytree(Path(headstart_kit.__file__).parent, kit)
        report = await invoker.invoke(Event(json.dumps(event).encode()))
        return json.loads(report.outcome.payload)

    return ask


async def test_d71_processes_run_where_no_pool_can_start(ask):
    found = await ask(3538, what="no_shm")
    assert found == {"shm": False, "pool": "FileNotFoundError", "results": [x * x for x in range(50)]}


@pytest.mark.parametrize(("memory_mb", "kind"), [(256, "serial"), (1769, "serial"), (3538, "processes")])
async def test_d75_at_a_vcpu_or_less_cpu_work_is_serial(ask, memory_mb, kind):
    assert (await ask(memory_mb, what="by_itself", waits=False))["kind"] == kind


@pytest.mark.parametrize("memory_mb", [256, 3538])
async def test_what_waits_goes_in_threads_at_any_memory_size(ask, memory_mb):
    found = await ask(memory_mb, what="by_itself", waits=True)
    assert found["kind"] == "threads"
    assert found["at_once"] > 1


@pytest.mark.parametrize("kind", ["serial", "threads", "processes"])
async def test_the_deadline_comes_before_the_timeout(ask, kind):
    answer = await ask(3538, what="late", kind=kind, timeout_s=1)
    assert answer["errorType"] == "DeadlineError"
    assert "no time is left for" in answer["errorMessage"]


@pytest.mark.slow
async def test_a_process_that_takes_too_much_memory_fails_its_item_alone(ask):
    results = await ask(2200, what="eats_memory")
    assert results.pop(3) == "item 3: its process was killed by SIGKILL, as happens when memory runs out"
    assert results == ["0", "1", "2", "4", "5", "6", "7"]


@pytest.mark.slow
async def test_every_fault_gives_the_right_error(ask):
    found = await ask(3538, source=FAULTS)
    assert not found["shm"]
    parallel_faults.check(found["faults"])
