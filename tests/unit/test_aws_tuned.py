"""A function on AWS at several memory sizes: what is made, measured, and left as it was."""

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from aws_endpoint_fixture import Endpoint
from aws_lambda_state import Call, Ran, Refused

from headstart.aws import leftovers
from headstart.aws.tuned import AwsTarget, tuned
from headstart.aws.waiting import Waits
from headstart.errors import AwsError
from headstart.model.caveats import CaveatCode
from headstart.model.function import MemorySize
from headstart.model.invocation import Event, FunctionError, OutOfMemory, TimedOut

QUICK = Waits(poll_s=0.01, change_s=1, log_s=0.1, throttle_s=0.01, throttle_tries=3)
EVENT = Event(b'{"n": 1}', "one")


def opened(function: str = "tuneme", **options: Any) -> AbstractAsyncContextManager[AwsTarget]:
    return tuned(function, run_id="r1", now_s=lambda: 1000.0, waits=QUICK, **options)


async def test_each_size_is_a_version_whose_report_is_read_and_nothing_stays(aws_endpoint: Endpoint):
    function = aws_endpoint.add(Description="mine")
    function.polls_pending = 2
    async with opened() as target:
        reports = []
        for memory_mb in (256, 1024, 256):
            reports.append(await target.invoker.at_memory(MemorySize(memory_mb)).invoke(EVENT))
            assert (function.latest["MemorySize"], function.latest["Description"]) == (512, "mine")
        assert sorted(name for name in function.aliases if "was" not in name) == [
            "headstart-tune-r1-1024",
            "headstart-tune-r1-256",
        ]
        assert [caveat.code for caveat in target.caveats()] == [CaveatCode.LATEST_CHANGED]
    assert [report.duration_ms for report in reports] == [701.02, 182.75, 701.02]
    assert [report.memory_size_mb for report in reports] == [256, 1024, 256]
    assert [report.cold for report in reports] == [True, True, False]
    assert [report.billed_ms for report in reports] == [852, 333, 702]
    assert reports[0].init is not None
    assert reports[0].init.init_ms == 150.0
    assert reports[0].event_name == "one"
    assert (target.function.name, target.function.memory_mb, target.function.region) == ("tuneme", 512, "us-east-1")
    assert (function.latest["MemorySize"], function.latest["Description"]) == (512, "mine")
    assert function.versions == {}
    assert function.aliases == {}


async def test_fresh_is_a_new_version_and_takes_the_place_of_the_old(aws_endpoint: Endpoint):
    function = aws_endpoint.add()
    async with opened() as target:
        small = target.invoker.at_memory(MemorySize(128))
        cold = [(await small.invoke(EVENT, fresh=fresh)).cold for fresh in (True, True, False, True)]
        assert len(function.versions) == 1
    assert cold == [True, True, False, True]
    assert aws_endpoint.count("PublishVersion") == 3
    assert aws_endpoint.leftovers() == []


@pytest.mark.parametrize(
    ("log_format", "is_cut", "restores"),
    [("Text", False, False), ("JSON", False, True), ("Text", True, True), ("JSON", True, False)],
)
async def test_the_report_is_found_in_either_format_and_place(
    aws_endpoint: Endpoint, log_format: str, is_cut: bool, restores: bool
):
    function = aws_endpoint.add(LoggingConfig={"LogFormat": log_format, "LogGroup": "/of/its/own"})
    function.log_is_cut, function.log_arrives_after, function.snapstart = is_cut, 2, restores
    async with opened() as target:
        first, second = [await target.invoker.invoke(EVENT) for _ in range(2)]
    assert first.init is not None
    assert first.init.init_ms == 150.0
    assert second.init is None
    assert first.duration_ms == pytest.approx(355.51, abs=0.01)
    assert (first.billed_ms, second.billed_ms) == (506, 356)
    assert first.max_memory_mb == 60
    assert (aws_endpoint.count("FilterLogEvents") > 0) is is_cut


async def test_an_invocation_of_which_nothing_is_reported_is_no_zero(aws_endpoint: Endpoint):
    function = aws_endpoint.add()
    function.log_is_cut, function.log_arrives_after = True, 1000
    with pytest.raises(AwsError, match="reports nothing of the invocation") as caught:
        async with opened() as target:
            await target.invoker.invoke(EVENT)
    assert "log level" in caught.value.hint
    assert aws_endpoint.leftovers() == []


def failing(call: Call) -> Ran:
    """Out of memory below 300 MB, a timeout at 512 MB, and an error at every other size."""
    if call.memory_mb < 300:
        killed = b'{"errorType":"Runtime.ExitError","errorMessage":"RequestId: 1 Error: signal: killed"}'
        return Ran(90, killed, is_error=True, status="error", error_type="Runtime.OutOfMemory", max_memory_mb=128)
    if call.memory_mb == 512:
        timeout = (
            b'{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: 1 Error: Task timed out after 3.00 seconds"}'
        )
        return Ran(3000, timeout, is_error=True, status="timeout")
    return Ran(5, b'{"errorType":"KeyError","errorMessage":"x","stackTrace":[]}', is_error=True)


async def test_a_size_that_fails_is_that_sizes_outcome(aws_endpoint: Endpoint):
    aws_endpoint.add().behave = failing
    async with opened() as target:
        outcomes = [
            (await target.invoker.at_memory(MemorySize(memory_mb)).invoke(EVENT)).outcome
            for memory_mb in (128, 512, 1024)
        ]
    assert [type(outcome) for outcome in outcomes] == [OutOfMemory, TimedOut, FunctionError]
    assert aws_endpoint.leftovers() == []


async def test_throttles_are_sent_again_counted_and_not_measured(aws_endpoint: Endpoint):
    aws_endpoint.add().throttled = 3
    async with opened() as target:
        report = await target.invoker.invoke(EVENT)
        caveats = {caveat.code: caveat.detail for caveat in target.caveats()}
    assert report.duration_ms == pytest.approx(355.51, abs=0.01)
    assert caveats[CaveatCode.THROTTLED] == "3 times"


async def test_endless_throttles_end_the_run(aws_endpoint: Endpoint):
    aws_endpoint.add().throttled = 100
    with pytest.raises(AwsError, match="throttled an invocation 4 times") as caught:
        async with opened() as target:
            await target.invoker.invoke(EVENT)
    assert "reserved concurrency" in caught.value.hint
    assert aws_endpoint.leftovers() == []


async def test_the_region_of_an_arn_goes_before_any_other(aws_endpoint: Endpoint):
    aws_endpoint.add()
    arn = "arn:aws:lambda:eu-central-1:123456789012:function:tuneme"
    async with opened(arn, region="us-west-2") as target:
        assert target.function.region == "eu-central-1"
    async with opened(region="us-west-2") as target:
        assert target.function.region == "us-west-2"


async def test_a_size_that_is_closed_stays_until_all_are_removed(aws_endpoint: Endpoint):
    function = aws_endpoint.add()
    async with opened() as target:
        small = target.invoker.at_memory(MemorySize(128))
        await small.invoke(EVENT)
        await small.close()
        assert [version["MemorySize"] for version in function.versions.values()] == [128]
    assert aws_endpoint.leftovers() == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("operation", "calls_before"),
    [
        ("UpdateFunctionConfiguration", 0),
        ("UpdateFunctionConfiguration", 1),
        ("PublishVersion", 1),
        ("CreateAlias", 1),
        ("CreateAlias", 2),
        ("Invoke", 2),
    ],
)
async def test_a_call_that_fails_in_the_middle_leaves_nothing(
    aws_endpoint: Endpoint, operation: str, calls_before: int
):
    function = aws_endpoint.add(Description="mine")

    def refuse(called: str, _: str) -> None:
        if called == operation and aws_endpoint.count(operation) == calls_before + 1:
            raise Refused(403, "AccessDeniedException", "User is not authorized")

    async def run() -> None:
        async with opened() as target:
            for memory_mb in (128, 256, 1024):
                await target.invoker.at_memory(MemorySize(memory_mb)).invoke(EVENT)

    aws_endpoint.on = refuse
    with pytest.raises(AwsError, match="AWS denies") as caught:
        await run()
    assert f"lambda:{operation}" in caught.value.message.replace("InvokeFunction", "Invoke")
    assert aws_endpoint.leftovers() == []
    assert (function.latest["MemorySize"], function.latest["Description"]) == (512, "mine")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("publishes", "operation"),
    [
        (True, "UpdateFunctionConfiguration"),
        (True, "PublishVersion"),
        (True, "CreateAlias"),
        (True, "Invoke"),
        (False, "CreateFunction"),
        (False, "UpdateFunctionConfiguration"),
        (False, "Invoke"),
    ],
)
async def test_an_interrupt_at_any_call_leaves_nothing(aws_endpoint: Endpoint, publishes: bool, operation: str):
    function = aws_endpoint.add(Description="mine")
    function.polls_pending = 2
    loop, running = asyncio.get_running_loop(), asyncio.Event()

    def interrupt(called: str, _: str) -> None:
        if called == operation:
            loop.call_soon_threadsafe(running.set)

    async def run() -> None:
        async with opened(publishes=publishes) as target:
            for memory_mb in (128, 1024):
                await target.invoker.at_memory(MemorySize(memory_mb)).invoke(EVENT, fresh=True)
                await target.invoker.at_memory(MemorySize(memory_mb)).invoke(EVENT, fresh=True)

    aws_endpoint.on = interrupt
    work = asyncio.ensure_future(run())
    await running.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert aws_endpoint.leftovers() == []
    assert (function.latest["MemorySize"], function.latest["Description"]) == (512, "mine")
    assert function.aliases == {}


async def test_an_interrupt_does_not_wait_for_an_invocation(aws_endpoint: Endpoint):
    aws_endpoint.add()
    aws_endpoint.answers_invocations.clear()
    loop, has_alias = asyncio.get_running_loop(), asyncio.Event()

    def notice(called: str, _: str) -> None:
        if called == "CreateAlias" and aws_endpoint.count(called) == 2:
            loop.call_soon_threadsafe(has_alias.set)

    async def run() -> None:
        async with opened() as target:
            await target.invoker.invoke(EVENT)

    aws_endpoint.on = notice
    work = asyncio.ensure_future(run())
    await has_alias.wait()
    await asyncio.sleep(0.2)  # by now it is being invoked
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert aws_endpoint.leftovers() == []
    assert aws_endpoint.count("Invoke") == 0
    aws_endpoint.answers_invocations.set()


@pytest.mark.parametrize(
    ("operation", "call"), [("UpdateFunctionConfiguration", 1), ("GetFunctionConfiguration", 3), ("PublishVersion", 1)]
)
async def test_a_change_by_others_is_refused_and_stays(aws_endpoint: Endpoint, operation: str, call: int):
    function = aws_endpoint.add()

    def deploy(called: str, _: str) -> None:
        if called == operation and aws_endpoint.count(operation) == call:
            function.update({"CodeSha256": "code-2", "MemorySize": 777})

    aws_endpoint.on = deploy
    with pytest.raises(AwsError, match="changed by others") as caught:
        async with opened() as target:
            await target.invoker.at_memory(MemorySize(256)).invoke(EVENT)
    assert "--no-publish" in caught.value.hint
    assert (function.latest["CodeSha256"], function.latest["MemorySize"]) == ("code-2", 777)
    assert aws_endpoint.leftovers() == []


async def test_a_memory_size_that_others_set_between_two_sizes_stays(aws_endpoint: Endpoint):
    function = aws_endpoint.add()

    async def run() -> None:
        async with opened() as target:
            await target.invoker.at_memory(MemorySize(256)).invoke(EVENT)
            function.update({"MemorySize": 777})
            await target.invoker.at_memory(MemorySize(1024)).invoke(EVENT)

    with pytest.raises(AwsError, match="changed by others"):
        await run()
    assert function.latest["MemorySize"] == 777
    assert aws_endpoint.leftovers() == []


async def test_what_could_not_be_removed_is_said_with_what_to_type(aws_endpoint: Endpoint):
    aws_endpoint.add()

    def refuse(called: str, _: str) -> None:
        if called == "DeleteFunction":
            raise Refused(403, "AccessDeniedException", "User is not authorized")

    async def run() -> None:
        async with opened() as target:
            await target.invoker.invoke(EVENT)
            raise AwsError("boom")

    aws_endpoint.on = refuse
    with pytest.raises(AwsError, match=r"boom; then not everything .* lambda:DeleteFunction") as caught:
        await run()
    assert caught.value.hint == "headstart tune --aws tuneme --cleanup"
    aws_endpoint.on = lambda called, name: None
    assert await leftovers.remove("tuneme", waits=QUICK) == ("removed version 1, of 512 MB",)
    assert aws_endpoint.leftovers() == []
