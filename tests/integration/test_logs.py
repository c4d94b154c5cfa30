"""The log of real invocations: order, frames, long lines, bytes that are no text, both formats, levels, the tail."""

import json
import math
import re

import pytest

from headstart.engine.log_stream import tail
from headstart.model.function import LogFormat
from headstart.model.invocation import Event, InvocationReport

EVENT = Event(b"{}")
STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
ID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


def texts(report: InvocationReport, source: str | None = None) -> list[str]:
    return [line.text for line in report.log if source in (None, line.source)]


async def test_a_cold_and_a_warm_invocation(deploy):
    invoker = await deploy("print('in init')\ndef handler(event, context):\n    print('in handler')")
    cold, warm = await invoker.invoke(EVENT), await invoker.invoke(EVENT)
    patterns = [
        r"INIT_START Runtime Version: python:3\.11\.\w+\t"
        r"Runtime Version ARN: arn:aws:lambda:us-east-1::runtime:[0-9a-f]+",
        "in init",
        rf"START RequestId: {cold.request_id} Version: \$LATEST",
        "in handler",
        rf"END RequestId: {cold.request_id}",
        rf"REPORT RequestId: {ID}\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 256 MB\t"
        r"Max Memory Used: \d+ MB\tInit Duration: \d+\.\d\d ms\t",
    ]
    for line, pattern in zip(texts(cold), patterns, strict=True):
        assert re.fullmatch(pattern, line)
    assert cold.billed_ms == math.ceil(cold.duration_ms + cold.init.init_ms)
    assert f"\tBilled Duration: {cold.billed_ms} ms\t" in texts(cold)[-1]
    assert texts(warm)[:-1] == [
        f"START RequestId: {warm.request_id} Version: $LATEST", "in handler", f"END RequestId: {warm.request_id}",
    ]  # fmt: skip
    assert "Init Duration" not in texts(warm)[-1]
    assert warm.billed_ms == max(1, math.ceil(warm.duration_ms))
    times = [line.time_s for line in (*cold.log, *warm.log)]
    assert times == sorted(times)


async def test_the_order_of_print_and_logging_is_kept(deploy):
    source = """
        import logging, os, sys
        logging.getLogger().setLevel("INFO")
        def handler(event, context):
            for number in range(50):
                print("print", number)
                logging.info("logging %d", number)
                print("error", number, file=sys.stderr)
                os.write(1, b"written %d\\n" % number)
    """
    report = await (await deploy(source)).invoke(EVENT)
    found = [line.split("\t")[-1] for line in texts(report, "function")]
    assert found == [f"{what} {number}" for number in range(50) for what in ("print", "logging", "error", "written")]
    assert re.fullmatch(rf"\[INFO\]\t{STAMP}\t{report.request_id}\tlogging 0", texts(report, "function")[1])


async def test_an_error_is_one_event(deploy):
    source = """
        import logging
        def handler(event, context):
            logging.warning("two\\nlines")
            raise ValueError("over\\ntwo lines")
    """
    report = await (await deploy(source)).invoke(EVENT)
    warning, error = texts(report, "function")
    assert warning.endswith(f"\t{report.request_id}\ttwo\nlines")
    assert error.startswith("[ERROR] ValueError: over\ntwo lines\nTraceback (most recent call last):\n")
    assert error.replace("\xa0", " ").endswith(
        '  File "/var/task/app.py", line 5, in handler\n    raise ValueError("over\\ntwo lines")'
    )


async def test_what_an_init_error_says(deploy):
    report = await (await deploy("import nosuchmodule")).invoke(EVENT)
    errors = [line for line in texts(report, "function") if line.startswith("[ERROR]")]
    assert errors[0].startswith("[ERROR] Runtime.ImportModuleError: Unable to import module 'app': No module named ")
    order = [re.split(r"[ \t]", line)[0] for line in texts(report)]
    said = ["[WARNING]", "[ERROR]", "INIT_REPORT"]  # the warning is the runtime client's own
    assert order == ["INIT_START", *said, *said, "START", "END", "REPORT"]


async def test_long_lines_and_bytes_that_are_no_text(deploy):
    source = r"""
        import logging, os, sys
        def handler(event, context):
            print("x" * (256 * 1024))
            print("y" * 600_000)
            os.write(1, b"\xff\x00\xfe binary\n\xa5\x5a\x00\x03garbage that looks like a frame\n")
            logging.error("z" * 300_000)
            sys.stdout.write("no line end")
            sys.stdout.flush()
    """
    report = await (await deploy(source)).invoke(EVENT)
    found = [line for line in texts(report, "function") if line]
    assert [len(line) for line in found[:4]] == [262_144, 262_144, 262_144, 600_000 - 2 * 262_144]
    assert found[4] == "\ufffd\x00\ufffd binary"
    assert found[5] == "\ufffdZ\x00\x03garbage that looks like a frame"
    assert (len(found[6]), found[6][:7]) == (262_144, "[ERROR]")
    assert found[7] == "z" * len(found[7])
    assert found[8:] == ["no line end"]


async def test_json(deploy):
    source = """
        import logging
        def handler(event, context):
            print("plain")
            logging.info("hello", extra={"who": "me"})
            logging.debug("not shown")
            raise ValueError("boom")
    """
    report = await (await deploy(source, log_format=LogFormat.JSON)).invoke(EVENT)
    lines = texts(report)
    assert lines[2] == "plain"
    records = [json.loads(line) for line in (*lines[:2], *lines[3:])]
    assert [record.get("type") for record in records] == [
        "platform.initStart", "platform.start", None, None, "platform.report",
    ]  # fmt: skip
    hello, error = records[2:4]
    assert (hello["level"], hello["message"], hello["logger"], hello["who"]) == ("INFO", "hello", "root", "me")
    assert hello["requestId"] == error["requestId"] == report.request_id
    assert (error["level"], error["errorType"], error["errorMessage"]) == ("ERROR", "ValueError", "boom")
    assert error["stackTrace"][-1].startswith('  File "/var/task/app.py", line 7, in handler\n')
    metrics = records[4]["record"]["metrics"]
    assert (
        metrics["billedDurationMs"] == report.billed_ms == math.ceil(metrics["durationMs"] + metrics["initDurationMs"])
    )
    assert re.fullmatch(STAMP, records[0]["time"])


@pytest.mark.parametrize(
    ("level", "shown"),
    [("TRACE", 5), ("DEBUG", 5), ("INFO", 4), ("WARN", 3), ("ERROR", 2), ("FATAL", 1), (None, 4)],
)
async def test_application_log_level(deploy, level, shown):
    source = """
        import logging
        def handler(event, context):
            for level in ("debug", "info", "warning", "error", "critical"):
                getattr(logging, level)(level)
    """
    invoker = await deploy(source, log_format=LogFormat.JSON, application_log_level=level)
    report = await invoker.invoke(EVENT)
    assert [json.loads(line)["message"] for line in texts(report, "function")] == [
        "debug", "info", "warning", "error", "critical",
    ][5 - shown :]  # fmt: skip


async def test_the_tail_is_the_last_4_kb(deploy):
    report = await (await deploy("def handler(event, context):\n    for i in range(999): print('line', i)")).invoke(
        EVENT
    )
    found = tail(report.log).decode()
    assert len(found) == 4096
    assert found.splitlines()[-1] == texts(report)[-1]
    assert "line 998\n" in found
    assert "line 1\n" not in found


async def test_what_a_killed_runtime_wrote_last_is_there(deploy):
    source = """
        import os, signal
        def handler(event, context):
            os.write(62, b"\\xa5\\x5a\\x00\\x03\\x00\\x00\\xff\\xff" + bytes(8))
            print("last words", flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
    """
    invoker = await deploy(source)
    report = await invoker.invoke(EVENT)
    assert any(line.endswith("last words") for line in texts(report, "function"))
    again = await invoker.invoke(EVENT)
    assert texts(again)[-1].startswith("REPORT")
