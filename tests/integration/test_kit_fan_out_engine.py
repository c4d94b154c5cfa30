"""A function that fans out, on the engine: over real freezes, and up to a real deadline."""

import asyncio
import json
import shutil
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from kit.fan_out_fixture import Server, serving

from headstart.engine.invoker import LocalInvoker
from headstart.model.invocation import Event, Succeeded

KIT = Path(__file__).parents[2] / "kit/src/headstart_kit"
PACKAGES = ("httpcore", "h11", "anyio", "idna", "certifi", "typing_extensions")
SOURCE = """
import os
from functools import partial
from headstart_kit.fan_out.allow_list import AllowList
from headstart_kit.fan_out.gathering import gather
from headstart_kit.fan_out.http_fetch import HttpClient
from headstart_kit.handlers import handler

http = HttpClient(AllowList(private=[os.environ["ORIGIN"]]))


@handler(reveal_faults=True)
def handle(event, context):
    outcomes = gather([partial(http.get, os.environ["ORIGIN"] + path) for path in event["paths"]], on_error="keep")
    return [getattr(outcome, "status", None) or type(outcome.error).__name__ for outcome in outcomes]
"""


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """A layer with the kit and httpcore."""
    layer = tmp_path / "layer"
    layer.mkdir(mode=0o755)
    (layer / "python").mkdir(mode=0o755)
    for spec in filter(None, map(find_spec, PACKAGES)):
        assert spec.origin is not None
        if spec.submodule_search_locations:
            shutil.copytree(Path(spec.origin).parent, layer / "python" / spec.name)
        else:
            shutil.copy(spec.origin, layer / "python")
    shutil.copytree(KIT, layer / "python/headstart_kit")
    return layer


async def fetch(function: LocalInvoker, *paths: str) -> Any:
    report = await function.invoke(Event(json.dumps({"paths": paths}).encode()))
    await asyncio.sleep(0.02)  # idle, and frozen
    assert isinstance(report.outcome, Succeeded), [line.text for line in report.log]
    return json.loads(report.outcome.payload)


async def test_d83_connections_outlive_a_freeze_and_are_replaced_when_they_do_not(
    deploy: Callable[..., Any], packages: Path, server: Server
):
    function = await deploy(
        SOURCE, handler="app.handle", layers=(packages,), environment={"ORIGIN": server.origin}, memory_mb=1769
    )
    for _ in range(2):
        assert await fetch(function, "/status/200", "/status/404") == [200, 404]
    assert len(set(server.peers)) == 2
    server.close_idle()
    await asyncio.sleep(0.05)
    assert await fetch(function, "/status/200") == [200]
    assert len(set(server.peers)) == 3


async def test_an_answer_with_what_was_done_comes_before_the_deadline(
    deploy: Callable[..., Any], packages: Path, server: Server
):
    function = await deploy(
        SOURCE,
        handler="app.handle",
        layers=(packages,),
        environment={"ORIGIN": server.origin},
        memory_mb=1769,
        timeout_s=2,
    )
    done, never, done_after = await fetch(function, "/status/200", "/never", "/status/201")
    assert (done, done_after) == (200, 201)
    assert never in {"DeadlineError", "TimeoutError"}  # both come at that time
    assert await fetch(function, "/status/200") == [200]
