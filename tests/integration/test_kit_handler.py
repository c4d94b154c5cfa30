"""The kit inside real execution environments: facts, answers, faults, metrics and lines in both log formats."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import headstart_kit
from headstart.model.function import InitializationType, LogFormat
from headstart.model.invocation import Event, FunctionError, InvocationReport

SOURCE = """
    import logging
    import time

    from headstart_kit.action_routing import actions
    from headstart_kit.embedded_metrics import metrics
    from headstart_kit.invocations import invocation
    from headstart_kit.json_log import log

    handler = actions()
    logging.getLogger().setLevel("INFO")

    @handler.action
    def facts(wait_ms: int = 0):
        time.sleep(wait_ms / 1000)
        metrics.add("FactsAsked", 2)
        log.info("asked", wait_ms=wait_ms)
        logging.info("from a library")
        now = invocation()
        return {
            "cold_start": now.cold_start,
            "initialization_type": now.initialization_type,
            "number": now.number,
            "init_ms": now.init_ms,
            "idle_ms": now.idle_ms,
            "handler_ms": now.handler_ms,
            "remaining_ms": now.deadline.remaining_ms,
            "trace_id": now.trace and now.trace.trace_id,
        }

    @handler.action
    def fail():
        metrics.add("Failing", 1)
        raise KeyError("DB_PASSWORD")
"""


@pytest.fixture(autouse=True)
def kit_in_the_package(tmp_path: Path) -> None:
    target = tmp_path / "function/headstart_kit"
    shutil.copytree(Path(headstart_kit.__file__).parent, target, ignore=shutil.ignore_patterns("__pycache__"))


def event(**fields: object) -> Event:
    return Event(json.dumps(fields).encode())


def result(report: InvocationReport) -> Any:
    assert report.succeeded, report
    return json.loads(report.outcome.payload)


def lines(report: InvocationReport) -> list[dict[str, Any]]:
    """The JSON lines of the function itself."""
    texts = [line.text for line in report.log if line.source == "function"]
    return [json.loads(text) for text in texts if text.startswith("{")]


async def test_the_facts_of_invocations(deploy):
    invoker = await deploy(SOURCE, timeout_s=5)
    cold = await invoker.invoke(event(action="facts"))
    warm = await invoker.invoke(event(action="facts", wait_ms=50))
    first, second = result(cold), result(warm)
    assert (first["cold_start"], first["number"], second["cold_start"], second["number"]) == (True, 1, False, 2)
    assert first["initialization_type"] == "on-demand"
    assert 0 < first["init_ms"] < cold.init.init_ms
    assert 50 <= second["handler_ms"] < warm.duration_ms
    assert 0 <= second["idle_ms"] < 60_000
    assert 3000 < second["remaining_ms"] <= 4850


async def test_an_environment_provisioned_ahead_is_not_cold(deploy):
    invoker = await deploy(SOURCE, initialization=InitializationType.PROVISIONED_CONCURRENCY)
    found = result(await invoker.invoke(event(action="facts")))
    assert (found["cold_start"], found["initialization_type"]) == (False, "provisioned-concurrency")


@pytest.mark.parametrize("log_format", LogFormat)
async def test_lines_and_metrics_in_either_log_format(deploy, log_format):
    report = await (await deploy(SOURCE, log_format=log_format)).invoke(event(action="facts"))
    found = result(report)
    asked = next(line for line in lines(report) if line.get("message") == "asked")
    assert (asked["requestId"], asked["level"], asked["cold_start"]) == (report.request_id, "INFO", True)
    assert (asked["function_name"], asked["wait_ms"]) == ("tested", 0)
    assert asked.get("trace_id") == found["trace_id"]
    (metric,) = [line for line in lines(report) if "_aws" in line]
    assert (metric["FactsAsked"], metric["service"], metric["requestId"]) == (2, "tested", report.request_id)
    library = [line.text for line in report.log if "from a library" in line.text]
    assert len(library) == 1
    assert report.request_id in library[0]  # Lambda's own formatter sees to that


@pytest.mark.parametrize("log_format", LogFormat)
async def test_d46_a_fault_is_a_function_error_without_internals(deploy, log_format):
    invoker = await deploy(SOURCE, log_format=log_format)
    report = await invoker.invoke(event(action="fail"))
    assert isinstance(report.outcome, FunctionError)
    answer = json.loads(report.outcome.payload)
    assert answer["errorType"] == "InternalError"
    assert answer["errorMessage"] == f"internal error; it is in the log under request id {report.request_id}"
    assert "KeyError" not in report.outcome.payload.decode()
    assert "DB_PASSWORD" not in report.outcome.payload.decode()
    (fault,) = [line for line in lines(report) if line.get("message") == "the handler failed"]
    assert (fault["requestId"], fault["error"]["type"], fault["error"]["message"]) == (
        report.request_id,
        "KeyError",
        "'DB_PASSWORD'",
    )
    assert 'raise KeyError("DB_PASSWORD")' in "".join(fault["error"]["stack"])
    assert [line["Failing"] for line in lines(report) if "_aws" in line] == [1]
    assert (await invoker.invoke(event(action="facts"))).succeeded


async def test_bad_input_is_an_answer(deploy):
    invoker = await deploy(SOURCE)
    report = await invoker.invoke(event(action="facts", wait_ms="long"))
    assert result(report) == {
        "error": "wait_ms must be an integer, is a string",
        "status": 400,
        "request_id": report.request_id,
    }
