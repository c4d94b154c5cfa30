"""The search for a memory size of functions on AWS on which the usual tool fails: a right answer, and nothing left."""

import pytest
from aws_endpoint_fixture import Endpoint
from aws_lambda_state import Call, Ran, by_law
from test_aws_tuned import opened

from headstart import tuning
from headstart.model.caveats import CaveatCode
from headstart.model.invocation import Event
from headstart.model.progress import NoProgress
from headstart.model.results import Traffic
from headstart.model.tuning import TuneOptions, TuneResult

ARN = "arn:aws:lambda:us-east-1:123456789012:function:tuneme"
USD_PER_GB_S = 0.0000166667
USD_PER_REQUEST = 0.0000002
SIZES = range(128, 10_241, 64)


def short_of_memory(call: Call) -> Ran:
    """Out of memory below 300 MB, though what it uses above that shows nothing of it; 200 ms of waiting, 900 of CPU."""
    if call.memory_mb < 300:
        killed = b'{"errorType":"Runtime.ExitError","errorMessage":"RequestId: 1 Error: signal: killed"}'
        return Ran(
            90, killed, is_error=True, max_memory_mb=call.memory_mb, status="error", error_type="Runtime.OutOfMemory"
        )
    return by_law(200, 900)(call)


def cost_usd(memory_mb: int) -> float:
    duration_ms = 200 + 900 / min(memory_mb / 1769, 1.0)
    return duration_ms / 1000 * memory_mb / 1024 * USD_PER_GB_S + USD_PER_REQUEST


async def searched(function: str) -> TuneResult:
    async with opened(function) as target:
        result = await tuning.tune_deployed(
            target.invoker,
            (Event(b"{}"),),
            options=TuneOptions(),
            traffic=Traffic(),
            keep=lambda report: None,
            progress=NoProgress(),
        )
        assert CaveatCode.LATEST_CHANGED in {caveat.code for caveat in target.caveats()}
    return result


@pytest.mark.parametrize("function", ["tuneme", f"{ARN}:prod"])
async def test_json_logs_too_little_memory_throttles_and_a_qualified_arn(aws_endpoint: Endpoint, function: str):
    deployed = aws_endpoint.add(LoggingConfig={"LogFormat": "JSON", "LogGroup": "/aws/lambda/tuneme"}, MemorySize=3008)
    deployed.publish({})
    deployed.create_alias({"Name": "prod", "FunctionVersion": "1"})
    deployed.behave = short_of_memory
    deployed.throttled = 2
    result = await searched(function)
    chosen = result.recommendations[0]
    assert chosen.memory_mb is not None
    assert cost_usd(chosen.memory_mb) <= 1.05 * min(cost_usd(mb) for mb in SIZES if mb >= 300)
    failed = [size for size in result.sizes if "Runtime.OutOfMemory" in size.outcomes]
    assert failed
    assert not any(size.is_usable for size in failed)
    assert result.invocations == len(deployed.invocations) <= 20
    assert (list(deployed.versions), list(deployed.aliases)) == (["1"], ["prod"])
    assert deployed.latest["MemorySize"] == 3008
    assert aws_endpoint.leftovers() == []
