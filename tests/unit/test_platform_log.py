"""The platform's own lines, byte for byte as they were recorded on AWS (figures and names as in the recordings)."""

import json
from pathlib import Path

import pytest

from headstart.engine import platform_log
from headstart.engine.platform_log import ReportFigures
from headstart.model.function import FunctionSpec, LogFormat, MemorySize
from headstart.model.invocation import FunctionError, OutOfMemory, RuntimeExited, Succeeded, TimedOut

ID = "6f747a63-b9f3-4a33-8e0c-0d1f2b3a4c5d"
# 2026-10-08T07:30:27.768Z
TIME_S = 1_791_444_627.768


def log_of(log_format: LogFormat, **settings: object) -> platform_log.PlatformLog:
    spec = FunctionSpec(
        **{
            "name": "f",
            "code": Path(),
            "handler": "app.handler",
            "runtime": "python3.13",
            "memory": MemorySize(256),
            "region": "eu-central-1",
            "log_format": log_format,
            **settings,
        }
    )
    return platform_log.platform_log(spec, environment_id="2026/10/08/[$LATEST]22be", runtime_id="65146f0f")


def figures(**changes: object) -> ReportFigures:
    usual = {"duration_ms": 2.46, "billed_ms": 417, "memory_size_mb": 1024, "max_memory_mb": 95}
    return ReportFigures(**{**usual, **changes})


@pytest.fixture
def text() -> platform_log.PlatformLog:
    return log_of(LogFormat.TEXT)


@pytest.fixture
def structured() -> platform_log.PlatformLog:
    return log_of(LogFormat.JSON)


def test_init_start(text):
    assert text.init_start(TIME_S) == (
        "INIT_START Runtime Version: python:3.13.headstart\t"
        "Runtime Version ARN: arn:aws:lambda:eu-central-1::runtime:65146f0f"
    )
    custom = log_of(LogFormat.TEXT, runtime="provided.al2023").init_start(TIME_S)
    assert custom.startswith("INIT_START Runtime Version: provided:al2023.headstart\t")


def test_start_and_end(text):
    assert text.start(TIME_S, ID) == f"START RequestId: {ID} Version: $LATEST"
    assert text.end(ID) == f"END RequestId: {ID}"


def test_report_of_a_cold_start(text):
    assert text.report(TIME_S, ID, figures=figures(init_ms=413.61)) == (
        f"REPORT RequestId: {ID}\tDuration: 2.46 ms\tBilled Duration: 417 ms\tMemory Size: 1024 MB\t"
        "Max Memory Used: 95 MB\tInit Duration: 413.61 ms\t"
    )


def test_report_of_a_warm_invocation(text):
    assert text.report(TIME_S, ID, figures=figures(duration_ms=1.005, billed_ms=2)) == (
        f"REPORT RequestId: {ID}\tDuration: 1.00 ms\tBilled Duration: 2 ms\tMemory Size: 1024 MB\t"
        "Max Memory Used: 95 MB\t"
    )


def test_report_of_a_timeout(text):
    line = text.report(TIME_S, ID, figures=figures(duration_ms=3000.0, billed_ms=3000, status="timeout"))
    assert "\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\t" in line
    assert line.rstrip("\t").endswith("\tMax Memory Used: 95 MB\tStatus: timeout")


def test_report_of_a_crash(text):
    line = text.report(TIME_S, ID, figures=figures(init_ms=551.73, status="error", error_type="Runtime.OutOfMemory"))
    assert line.rstrip("\t").endswith("\tInit Duration: 551.73 ms\tStatus: error\tError Type: Runtime.OutOfMemory")


@pytest.mark.parametrize(
    ("init_ms", "phase", "status", "error_type", "line"),
    [
        (10009.13, "init", "timeout", None, "INIT_REPORT Init Duration: 10009.13 ms\tPhase: init\tStatus: timeout"),
        (
            8431.38, "invoke", "error", "Runtime.ExitError",
            "INIT_REPORT Init Duration: 8431.38 ms\tPhase: invoke\tStatus: error\tError Type: Runtime.ExitError",
        ),
    ],
)  # fmt: skip
def test_init_report(text, init_ms, phase, status, error_type, line):
    assert text.init_report(TIME_S, init_ms, phase=phase, status=status, error_type=error_type) == line


def test_failures():
    def failure(outcome):
        return platform_log.failure(TIME_S, ID, outcome=outcome)

    assert failure(TimedOut(b"", 3)) == f"2026-10-08T07:30:27.768Z {ID} Task timed out after 3.00 seconds"
    nothing = "Runtime exited without providing a reason"
    assert failure(RuntimeExited(b"", nothing)) == f"RequestId: {ID} Error: {nothing}\nRuntime.ExitError"
    killed = "Runtime exited with error: signal: killed"
    assert failure(OutOfMemory(b"", 128)) == f"RequestId: {ID} Error: {killed}\nRuntime.OutOfMemory"
    assert failure(Succeeded(b"")) == failure(FunctionError(b"", "ValueError", "")) == ""


def test_json_init_start(structured):
    assert structured.init_start(TIME_S) == (
        '{"time":"2026-10-08T07:30:27.768Z","type":"platform.initStart","record":{"initializationType":"on-demand",'
        '"phase":"init","runtimeVersion":"python:3.13.headstart",'
        '"runtimeVersionArn":"arn:aws:lambda:eu-central-1::runtime:65146f0f","functionName":"f",'
        '"functionVersion":"$LATEST","instanceId":"2026/10/08/[$LATEST]22be","instanceMaxMemory":268435456}}'
    )


def test_json_start_and_report(structured):
    assert structured.start(TIME_S, ID) == (
        f'{{"time":"2026-10-08T07:30:27.768Z","type":"platform.start","record":{{"requestId":"{ID}",'
        '"functionArn":"arn:aws:lambda:eu-central-1:123456789012:function:f","version":"$LATEST"}}'
    )
    found = structured.report(
        TIME_S,
        ID,
        figures=figures(
            duration_ms=1233.96, billed_ms=1698, memory_size_mb=256, max_memory_mb=123, init_ms=463.5119999
        ),
    )
    assert found == (
        f'{{"time":"2026-10-08T07:30:27.768Z","type":"platform.report","record":{{"requestId":"{ID}",'
        '"metrics":{"durationMs":1233.96,"billedDurationMs":1698,"memorySizeMB":256,"maxMemoryUsedMB":123,'
        '"initDurationMs":463.512},"status":"success"}}'
    )
    assert structured.end(ID) == ""


def test_json_failures(structured):
    report = json.loads(structured.report(TIME_S, ID, figures=figures(status="error", error_type="Runtime.ExitError")))
    assert (report["record"]["status"], report["record"]["errorType"]) == ("error", "Runtime.ExitError")
    init = json.loads(structured.init_report(TIME_S, 10009.1301, phase="init", status="timeout", error_type=None))
    assert init["type"] == "platform.initReport"
    assert init["record"] == {
        "initializationType": "on-demand",
        "phase": "init",
        "status": "timeout",
        "metrics": {"durationMs": 10009.13},
    }


def test_times_are_cut_to_milliseconds(structured):
    assert json.loads(structured.init_start(0.0))["time"] == "1970-01-01T00:00:00.000Z"
    assert json.loads(structured.init_start(1.9999))["time"] == "1970-01-01T00:00:01.999Z"
