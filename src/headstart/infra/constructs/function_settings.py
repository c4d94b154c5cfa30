"""What a tuned function is made of, and what AWS Lambda would refuse of it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, Literal, get_args

import msgspec
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from headstart.errors import RequestError
from headstart.infra import settings as function_file
from headstart.model import limits
from headstart.model.function import Architecture
from headstart.model.ranges import outside

LogLevel = Literal["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]
RUNTIMES: Final = limits.PYTHON_RUNTIMES + limits.CUSTOM_RUNTIMES


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """Where a function reaches private servers. Without a ``vpc`` it has the internet; the rest is the CDK's choice."""

    vpc: ec2.IVpc | None = None
    subnets: ec2.SubnetSelection | None = None
    security_groups: tuple[ec2.ISecurityGroup, ...] = ()


class FailedEvents(msgspec.Struct, frozen=True, kw_only=True):
    """Keeps, with the error, what was invoked asynchronously through the alias and failed each time.

    ``queue`` is made where there is none: encrypted in transit, its messages kept for 14 days.
    """

    queue: sqs.IQueue | None = None
    retry_attempts: int = limits.ASYNC_RETRIES_MAX
    max_event_age_s: int = limits.ASYNC_EVENT_AGE_S_MAX


class FunctionSettings(msgspec.Struct, frozen=True, kw_only=True):
    """A function as ``TunedFunction`` makes it; what Lambda has a poor default for has none here.

    ``code`` is a folder that is shipped as it is but for ``__pycache__``, a zip, or any other code of the CDK's.
    ``log_level`` is that of the function's own log, which is JSON. ``dead_letters`` gets the events alone, whatever
    they were invoked through; ``failed_events`` is the better of the two.
    """

    code: Path | lambda_.Code
    handler: str
    memory_mb: int
    timeout_s: int
    architecture: Architecture
    runtime: str = "python3.13"
    environment: Mapping[str, str] = {}
    ephemeral_storage_mb: int = limits.EPHEMERAL_STORAGE_MB_MIN
    log_retention_days: int = 14
    log_level: LogLevel = "INFO"
    is_traced: bool = True
    has_snap_start: bool = False
    alias_name: str = "live"
    description: str | None = None
    layers: tuple[lambda_.ILayerVersion, ...] = ()
    network: Network = Network()
    file_system: lambda_.FileSystem | None = None
    failed_events: FailedEvents | None = None
    dead_letters: sqs.IQueue | None = None


def problems_of(settings: FunctionSettings) -> Iterator[str]:
    """What Lambda refuses of these settings, or accepts though no invocation could succeed."""
    yield from _out_of_range(settings)
    yield from _code_problems(settings)
    if settings.has_snap_start:
        yield from _snap_start_problems(settings)
    if settings.file_system is not None and settings.network.vpc is None:
        yield "file_system needs a network with a vpc: EFS is reached through a VPC"
    try:
        function_file.environment(settings.environment)
    except RequestError as error:
        yield error.message


def _out_of_range(settings: FunctionSettings) -> Iterator[str]:
    ranges = {
        "memory_mb": (limits.MEMORY_MB_MIN, limits.MEMORY_MB_MAX),
        "timeout_s": (limits.TIMEOUT_S_MIN, limits.TIMEOUT_S_MAX),
        "ephemeral_storage_mb": (limits.EPHEMERAL_STORAGE_MB_MIN, limits.EPHEMERAL_STORAGE_MB_MAX),
    }
    for name, (low, high) in ranges.items():
        yield from outside(name, getattr(settings, name), low=low, high=high)
    choices = {
        "runtime": RUNTIMES,
        "log_retention_days": sorted(limits.LOG_RETENTION_DAYS),
        "log_level": get_args(LogLevel),
    }
    for name, allowed in choices.items():
        if (value := getattr(settings, name)) not in allowed:
            yield f"{name} is {value!r}; allowed: {', '.join(map(str, allowed))}"
    if len(settings.layers) > limits.LAYERS_MAX:
        yield f"layers has {len(settings.layers)}; allowed: at most {limits.LAYERS_MAX}"
    if settings.failed_events is not None:
        yield from _failed_events_problems(settings.failed_events)


def _failed_events_problems(failed: FailedEvents) -> Iterator[str]:
    yield from outside("failed_events.retry_attempts", failed.retry_attempts, low=0, high=limits.ASYNC_RETRIES_MAX)
    yield from outside(
        "failed_events.max_event_age_s",
        failed.max_event_age_s,
        low=limits.ASYNC_EVENT_AGE_S_MIN,
        high=limits.ASYNC_EVENT_AGE_S_MAX,
    )


def _code_problems(settings: FunctionSettings) -> Iterator[str]:
    if isinstance(settings.code, lambda_.Code):
        return
    if not settings.code.exists():
        yield f"code is {settings.code}, which does not exist"
    elif settings.code.is_dir() and settings.runtime.startswith("python") and not settings.layers:
        module = settings.handler.rpartition(".")[0]
        stem = settings.code / module.replace(".", "/")
        if not module or not (stem.with_name(f"{stem.name}.py").is_file() or (stem / "__init__.py").is_file()):
            yield f"handler is {settings.handler!r}, and {settings.code} has no {module or 'module'}.py"


def _snap_start_problems(settings: FunctionSettings) -> Iterator[str]:
    if settings.runtime not in limits.SNAP_START_PYTHON_RUNTIMES:
        yield f"SnapStart does not support {settings.runtime}; use {', '.join(limits.SNAP_START_PYTHON_RUNTIMES)}"
    if settings.file_system is not None:
        yield "SnapStart does not support EFS; drop file_system, or has_snap_start"
    if settings.ephemeral_storage_mb > limits.EPHEMERAL_STORAGE_MB_MIN:
        yield f"SnapStart does not support {settings.ephemeral_storage_mb:,} MB of /tmp; at most 512"
