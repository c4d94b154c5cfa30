"""Snapshots of real environments: what they keep, their hooks, and the restores of them that serve events."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from probe_fixture import pythons

import headstart_kit
from headstart.engine.clock import SystemClock
from headstart.engine.snapshots import LocalSnapshots
from headstart.measure.snapshot_findings import findings
from headstart.measure.snapstart import observe
from headstart.model import limits
from headstart.model.invocation import Event
from headstart.model.progress import NoProgress
from headstart.model.snapstart import Concern, SnapshotFinding, SnapshotRun

KEPT = """
    import datetime
    import os
    import random
    import secrets
    import time
    import uuid

    from snapshot_restore_py import register_after_restore

    ID = uuid.uuid4()
    SETTINGS = {"token": secrets.token_hex(8), "name": "constant"}
    DRAWN = random.random()
    GENERATOR = random.Random()
    STARTED = time.time()
    NOW = datetime.datetime.now()
    TICKS = time.perf_counter_ns()
    LEASE = {"AccessKeyId": "id", "SecretAccessKey": "hunter2", "SessionToken": "hunter3"}
    SECRET = {"Name": "password", "SecretString": "hunter4"}
    LOG = open("/tmp/log.txt", "a")

    class Service:
        node = secrets.token_bytes(8)

        def __init__(self):
            self.nonce = secrets.token_hex(8)

    SERVICE = Service()

    def signed(key=secrets.token_hex(8)):
        return key

    # What follows is safe.
    NAME, SEEDED, SYSTEM = "constant", random.Random(7), random.SystemRandom()
    SOURCE = open(__file__)
    STREAM = {**os.environ}["AWS_LAMBDA_LOG_STREAM_NAME"]
    FRESH_ID, FRESH_GENERATOR, FRESH_TIME = uuid.uuid4(), random.Random(), time.time()
    LATEST = secrets.token_hex(8)

    @register_after_restore
    def again():
        global FRESH_ID, FRESH_TIME
        FRESH_ID, FRESH_TIME = uuid.uuid4(), time.time()
        FRESH_GENERATOR.seed()

    def handler(event, context):
        global LATEST
        LATEST = secrets.token_hex(8)
        return {
            "id": str(ID),
            "body": '{"drawn": %r}' % random.random(),
            "fresh": [str(FRESH_ID), FRESH_GENERATOR.random(), str(uuid.uuid4())],
            "name": NAME,
            "initialization": os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"],
            "process": os.getpid(),
        }
"""

Look = Callable[..., Any]


class Seen:
    """A run, and what was found in it."""

    def __init__(self, run: SnapshotRun, alone: SnapshotRun, *, snapshots: LocalSnapshots) -> None:
        self.run, self.alone = run, alone
        self.findings = findings(run, alone, place=snapshots.place)

    def of(self, concern: Concern) -> SnapshotFinding:
        """The only finding of that concern."""
        (found,) = [finding for finding in self.findings if finding.concern is concern]
        return found

    @property
    def unsafe(self) -> set[tuple[str, str]]:
        return {(finding.concern.value, finding.name) for finding in self.findings if finding.is_unsafe}


@pytest.fixture
def look(engine: Any, deploy: Any) -> Look:
    async def look(
        source: str,
        events: tuple[Any, ...] = ({},),
        *,
        restore_limit_s: float = limits.SNAP_START_RESTORE_S,
        **settings: Any,
    ) -> Seen:
        deployment = (await deploy(source, **settings)).deployment
        snapshots = LocalSnapshots(engine, deployment, clock=SystemClock(), restore_limit_s=restore_limit_s)
        sent = [Event(json.dumps(event).encode(), name=f"event {number}") for number, event in enumerate(events)]
        run, alone = await observe(snapshots, sent, progress=NoProgress())
        return Seen(run, alone, snapshots=snapshots)

    return look


@pytest.fixture
async def peer() -> AsyncIterator[int]:
    """The port of a server that echoes."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            writer.write(data)
        writer.close()

    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def test_what_restores_share_is_named_with_its_place_and_without_its_value(look: Look):
    seen = await look(KEPT, ({}, {}))
    assert seen.unsafe == {
        ("unique value", "app.ID"),
        ("unique value", "app.SETTINGS['token']"),
        ("unique value", "app.DRAWN"),
        ("unique value", "app.Service.node"),
        ("unique value", "app.SERVICE.nonce"),
        ("unique value", "app.signed(default)"),
        ("random numbers", "app.GENERATOR"),
        ("random numbers", "random"),
        ("time", "app.STARTED"),
        ("time", "app.NOW"),
        ("time", "app.TICKS"),
        ("temporary credentials", "app.LEASE"),
        ("secret", "app.SECRET"),
        ("open file", "app.LOG"),
        ("same answer", "event 0: id, body.drawn"),
        ("same answer", "event 1: id, body.drawn"),
    }
    assert len(seen.findings) == len(seen.unsafe)
    lines = {finding.name: finding.place for finding in seen.findings}
    assert (lines["app.ID"], lines["app.LOG"], lines["app.signed(default)"]) == ("app.py:11", "app.py:20", "app.py:30")
    assert "hunter" not in repr((seen.findings, seen.run.snapshot))


async def test_restores_are_of_one_environment_that_was_initialised_for_snapstart(look: Look):
    seen = await look(KEPT)
    answers = [json.loads(restore.reports[0].outcome.payload) for restore in seen.run.restores]
    assert [answer["initialization"] for answer in answers] == ["snap-start", "snap-start"]
    assert answers[0]["process"] == answers[1]["process"]
    assert [hook.name for hook in seen.run.restores[1].after] == ["app.again"]


async def test_a_process_that_a_restore_forks_knows_that_it_is_another(look: Look):
    seen = await look("""
        import os

        def handler(event, context):
            theirs, ours = os.pipe()
            if not os.fork():
                os.write(ours, b"%d" % os.getpid())
                os._exit(0)
            os.wait()
            return int(os.read(theirs, 9)) == os.getpid()
    """)
    assert [restore.reports[0].outcome.payload for restore in seen.run.restores] == [b"false", b"false"]


async def test_hooks_run_backwards_before_the_snapshot_and_in_order_after_each_restore(look: Look):
    seen = await look("""
        from snapshot_restore_py import register_after_restore, register_before_snapshot

        ran = []

        def note(name, mark="."):
            ran.append(name + mark)

        for name in ("first", "second"):
            register_before_snapshot(note, name)
            register_after_restore(note, name, mark="!")

        def handler(event, context):
            return ran
    """)
    order = ["second.", "first.", "first!", "second!"]
    assert [json.loads(restore.reports[0].outcome.payload) for restore in seen.run.restores] == [order, order]
    assert [(hook.name, hook.place) for hook in seen.run.before] == [("app.note", "app.py:6")] * 2
    assert all(hook.ms > 0 for restore in seen.run.restores for hook in restore.after)
    assert seen.findings == ()


@pytest.mark.parametrize(
    ("register", "when"), [("register_before_snapshot", "publishing"), ("register_after_restore", "the invocation")]
)
async def test_a_hook_that_raises_is_named(look: Look, register: str, when: str):
    seen = await look(f"""
        from snapshot_restore_py import {register}

        @{register}
        def refuse():
            raise KeyError("hunter2")

        def handler(event, context):
            return 1
    """)
    found = seen.of(Concern.HOOK)
    assert (found.name, found.place, found.is_unsafe) == ("app.refuse", "app.py:4", True)
    assert found.evidence.startswith(f"it raised KeyError: {when}")
    assert not any(restore.reports for restore in seen.run.restores)


async def test_hooks_after_the_restore_have_a_limit(look: Look):
    source = """
        import time
        from snapshot_restore_py import register_after_restore

        register_after_restore(time.sleep, 30)

        def handler(event, context):
            return 1
    """
    snapshots = look(source, restore_limit_s=0.3)
    seen = await asyncio.wait_for(snapshots, 60)
    assert "SnapStartTimeoutException" in seen.of(Concern.HOOK).evidence


CONNECTED = """
    import socket

    def connect():
        return socket.create_connection(("127.0.0.1", {port}))

    CONNECTION = connect()

    def handler(event, context):
        CONNECTION.sendall(b"ping")
        return CONNECTION.recv(4).decode()
"""


async def test_a_connection_of_the_snapshot_is_dead_in_its_restores(look: Look, peer: int):
    seen = await look(CONNECTED.format(port=peer))
    assert seen.unsafe == {("connection", "app.CONNECTION"), ("event that fails", "event 0")}
    assert seen.of(Concern.CONNECTION).place == "app.py:5"
    assert seen.of(Concern.CONNECTION).evidence.startswith(f"tcp 127.0.0.1:{peer} is open in the snapshot")
    assert "ConnectionResetError" in seen.of(Concern.EVENT).evidence
    assert [report.succeeded for report in seen.alone.alone] == [True]


async def test_a_resource_of_the_kit_is_closed_before_and_made_again_after(look: Look, peer: int, tmp_path: Path):
    shutil.copytree(Path(headstart_kit.__file__).parent, tmp_path / "function/headstart_kit")
    source = CONNECTED.replace("CONNECTION = connect()", "CONNECTION = resource(connect, {options})")
    source = source.replace("CONNECTION.", "CONNECTION().").replace("import socket", "import socket\n    {resource}")
    options = 'close=socket.socket.close, eager="auto"'
    imported = "from headstart_kit import resource"
    seen = await look(source.format(port=peer, options=options, resource=imported))
    assert seen.unsafe == set()
    assert [report.succeeded for restore in seen.run.restores for report in restore.reports] == [True, True]
    assert [hook.name for hook in seen.run.restores[0].after] == ["headstart_kit.resources.Resource.restore"]


async def test_a_connection_that_an_event_opens_again_is_only_worth_knowing(look: Look, peer: int):
    seen = await look(f"""
        import socket

        def connect():
            return socket.create_connection(("127.0.0.1", {peer}))

        CLIENT = {{"connection": connect()}}

        def handler(event, context):
            try:
                CLIENT["connection"].sendall(b"ping")
                return CLIENT["connection"].recv(4).decode()
            except OSError:
                CLIENT.pop("connection").close()
                CLIENT["connection"] = connect()
                return "ping"
    """)
    assert seen.unsafe == set()
    assert seen.of(Concern.CONNECTION).name == "app.CLIENT['connection']"


async def test_what_runs_on_is_worth_knowing(look: Look):
    seen = await look("""
        import subprocess
        import threading

        PROCESS = subprocess.Popen(["sleep", "60"])
        threading.Thread(target=threading.Event().wait, name="refresh", daemon=True).start()
        with open("/tmp/table.txt", "w") as file:
            file.write("table")

        def handler(event, context):
            return 1
    """)
    assert seen.unsafe == set()
    assert {(finding.concern, finding.name) for finding in seen.findings} == {
        (Concern.PROCESS, "sleep"),
        (Concern.THREAD, "refresh"),
        (Concern.TMP, "/tmp/table.txt"),
    }
    assert seen.of(Concern.PROCESS).place == "app.py:5"


async def test_looking_runs_no_code_of_the_function(look: Look):
    seen = await look("""
        import importlib.util
        import secrets
        import sys

        class Proxy:
            @property
            def __class__(self):
                raise RuntimeError("outside of a request")

            def __getattribute__(self, name):
                raise RuntimeError("outside of a request")

        class Odd(dict):
            __module__ = property(lambda self: self)

            def items(self):
                raise RuntimeError("no items")

            __iter__ = keys = items

        def lazily(name):
            spec = importlib.util.find_spec(name)
            module = importlib.util.module_from_spec(spec)
            sys.modules[name] = module
            loader = importlib.util.LazyLoader(spec.loader)
            loader.exec_module(module)
            return module

        REQUEST, ODD, LATER = Proxy(), Odd(key=secrets.token_hex(8)), lazily("colorsys")

        def handler(event, context):
            return object.__getattribute__(LATER, "__class__").__name__
    """)
    assert [finding.name for finding in seen.findings] == ["app.ODD['key']"]
    assert [report.outcome.payload for report in seen.alone.alone] == [b'"_LazyModule"']


async def test_init_that_fails_is_told(look: Look):
    seen = await look("raise ValueError('no table')")
    assert seen.run.failure == "ValueError: no table"
    assert seen.run.snapshot is None


async def test_a_restore_that_ends_in_an_event_ends_the_run(look: Look):
    seen = await look("""
        import os

        ID = os.urandom(8)

        def handler(event, context):
            if event.get("end"):
                os._exit(3)
    """, ({}, {"end": True}))  # fmt: skip
    assert [[report.succeeded for report in restore.reports] for restore in seen.run.restores] == [[True, False]]
    assert seen.unsafe == set()


@pytest.mark.slow
@pytest.mark.parametrize("version", sorted(pythons()))
async def test_every_python_restores_alike(look: Look, version: str):
    seen = await look(KEPT, runtime=f"python{version}")
    assert len(seen.unsafe) == 15
    assert [len(restore.reports) for restore in seen.run.restores] == [1, 1]
