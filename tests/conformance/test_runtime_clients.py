"""AWS's own runtime client, oldest and newest, unchanged, on every Python of this machine, by thread and without."""

import json
import textwrap
from pathlib import Path

import msgspec
import pytest

from headstart.engine import interpreters
from headstart.engine.interpreters import Interpreter
from headstart.engine.invoker import LocalInvoker
from headstart.engine.local_lambda import LocalLambda
from headstart.model.function import FunctionSpec, LogFormat, MemorySize
from headstart.model.invocation import Event

# The first that has a wheel, and the newest.
OLDEST, NEWEST = "4.0.1", "4.2.2"
# AWS_EXECUTION_ENV of Python 3.12 and later makes the client poll from a thread.
WITHOUT_THREAD, WITH_THREAD = "python3.11", "python3.12"

SOURCE = """
import logging, os, sys
from importlib.metadata import version
logging.getLogger().setLevel("INFO")
def handler(event, context):
    if event == "boom":
        raise ValueError("boom")
    if event == "large":
        return "é" * 1_000_000  # six bytes each
    if event == "set":
        return {1}
    if event == "log":
        print("printed")
        logging.warning("two\\nlines")
    if event == "exit":
        sys.exit(1)
    return {
        "event": event,
        "client": version("awslambdaric"),
        "python": "%d.%d.%d" % sys.version_info[:3],
        "request_id": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "memory": context.memory_limit_in_mb,
        "log": [context.log_group_name, context.log_stream_name],
        "remaining_ms": context.get_remaining_time_in_millis(),
        "custom": (context.client_context.custom if context.client_context else None),
        "trace": os.environ["_X_AMZN_TRACE_ID"][:7],
    }
"""


@pytest.fixture
async def engine():
    async with LocalLambda() as engine:
        yield engine


async def invoker_of(
    engine: LocalLambda, folder: Path, *, python: Interpreter, client: str, runtime: str, log: LogFormat
) -> LocalInvoker:
    (folder / "app.py").write_text(textwrap.dedent(SOURCE))
    spec = FunctionSpec(
        name="conforms",
        code=folder,
        handler="app.handler",
        runtime=runtime,
        memory=MemorySize(512),
        timeout_s=20,
        log_format=log,
    )
    deployment = await engine.deploy(spec, interpreter=python, awslambdaric_version=client)
    return LocalInvoker(engine, deployment)


async def check(invoker: LocalInvoker, python: Interpreter, client: str) -> None:
    """Everything that a handler can do."""

    async def invoke(event: object, *, client_context: str | None = None):
        return await invoker.invoke(Event(json.dumps(event).encode(), client_context=client_context))

    for number in range(3):
        report = await invoke({"number": number}, client_context='{"custom": {"who": "me"}}')
        assert report.succeeded, report.outcome
        found = json.loads(report.outcome.payload)
        assert found.pop("remaining_ms") in range(15_000, 20_001)
        assert found == {
            "event": {"number": number},
            "client": client,
            "python": python.version,
            "request_id": report.request_id,
            "arn": "arn:aws:lambda:us-east-1:123456789012:function:conforms",
            "memory": "512",
            "log": ["/aws/lambda/conforms", report.environment_id],
            "custom": {"who": "me"},
            "trace": "Root=1-",
        }
        assert report.cold == (number == 0)
    assert len(json.loads((await invoke("large")).outcome.payload)) == 1_000_000
    boom = await invoke("boom")
    assert (boom.outcome.error_type, boom.outcome.message) == ("ValueError", "boom")
    assert json.loads(boom.outcome.payload)["stackTrace"][-1].startswith('  File "/var/task/app.py", line ')
    assert (await invoke("set")).outcome.error_type == "Runtime.MarshalError"
    own = [line.text for line in (await invoke("log")).log if line.source == "function"]
    assert own[0] == "printed"
    assert "lines" in own[1]
    assert len(own) == 2
    assert (await invoke("exit")).outcome.reason == "Runtime exited with error: exit status 1"
    assert (await invoke("again")).succeeded


PYTHONS = interpreters.installed()


@pytest.mark.parametrize("log", [LogFormat.TEXT, pytest.param(LogFormat.JSON, marks=pytest.mark.slow)])
@pytest.mark.parametrize("runtime", [WITHOUT_THREAD, WITH_THREAD])
@pytest.mark.parametrize("client", [pytest.param(OLDEST, marks=pytest.mark.slow), NEWEST])
@pytest.mark.parametrize("python", PYTHONS, ids=[python.runtime for python in PYTHONS])
async def test_runtime_client(engine, tmp_path, python, client, runtime, log):
    invoker = await invoker_of(engine, tmp_path, python=python, client=client, runtime=runtime, log=log)
    await check(invoker, python, client)


THREADS = """
import threading
started = []
start = threading.Thread.start
def counted(self):
    started.append(self.name)
    start(self)
threading.Thread.start = counted
def handler(event, context):
    return len(started)
"""


@pytest.mark.parametrize(("runtime", "is_used"), [(WITHOUT_THREAD, False), (WITH_THREAD, True)])
async def test_a_thread_polls_or_does_not(engine, tmp_path, runtime, is_used):
    invoker = await invoker_of(engine, tmp_path, python=PYTHONS[-1], client=NEWEST, runtime=runtime, log=LogFormat.TEXT)
    (tmp_path / "app.py").write_text(THREADS)
    for _ in range(3):
        report = await invoker.invoke(Event(b"{}"))
    assert (json.loads(report.outcome.payload) > 0) == is_used


@pytest.mark.slow
async def test_import_errors_of_the_oldest_client(engine, tmp_path):
    invoker = await invoker_of(
        engine, tmp_path, python=PYTHONS[0], client=OLDEST, runtime=WITHOUT_THREAD, log=LogFormat.TEXT
    )
    spec = msgspec.structs.replace(invoker.spec, handler="app.missing")
    missing = LocalInvoker(engine, msgspec.structs.replace(invoker.deployment, spec=spec))
    report = await missing.invoke(Event(b"{}"))
    assert report.outcome.error_type == "Runtime.HandlerNotFound"
