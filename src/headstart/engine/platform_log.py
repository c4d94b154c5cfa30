"""The lines that the platform itself writes to a function's log, as CloudWatch shows them.

Source: lines recorded on AWS 2025-11 to 2026-10, and
https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html (2026-11-23).
"""

import datetime
from typing import Any, Protocol

import msgspec

from headstart.model.function import FunctionSpec, LogFormat
from headstart.model.invocation import Outcome, OutOfMemory, RuntimeExited, TimedOut


class PlatformLog(Protocol):
    """Writes the platform's lines in one log format; an empty string is no line. Durations in ms, memory in MB."""

    def init_start(self, time_s: float) -> str:
        """Before the init phase."""
        ...

    def init_report(self, time_s: float, init_ms: float, *, phase: str, status: str, error_type: str | None) -> str:
        """After an init phase that failed; ``phase`` is ``init`` or ``invoke``."""
        ...

    def start(self, time_s: float, request_id: str) -> str:
        """Before the invoke phase."""
        ...

    def end(self, request_id: str) -> str:
        """After the invoke phase."""
        ...

    def report(self, time_s: float, request_id: str, *, figures: "ReportFigures") -> str:
        """The figures of an invocation."""
        ...


class ReportFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What a REPORT line says. ``init_ms`` only on a cold start; ``status`` only where it was not a success."""

    duration_ms: float
    billed_ms: int
    memory_size_mb: int
    max_memory_mb: int
    init_ms: float | None = None
    status: str | None = None
    error_type: str | None = None


def platform_log(spec: FunctionSpec, *, environment_id: str, runtime_id: str) -> PlatformLog:
    """The writer for the function's log format. ``runtime_id`` is the hash in the runtime version's ARN."""
    if spec.log_format is LogFormat.JSON:
        return _JsonLog(spec, environment_id=environment_id, runtime_id=runtime_id)
    return _TextLog(spec, runtime_id)


def failure(time_s: float, request_id: str, *, outcome: Outcome) -> str:
    """The line of an invocation that the platform ended, whatever the log format; empty for any other."""
    if isinstance(outcome, TimedOut):
        return f"{_timestamp(time_s)} {request_id} Task timed out after {outcome.timeout_s:.2f} seconds"
    if isinstance(outcome, RuntimeExited | OutOfMemory):
        return f"RequestId: {request_id} Error: {outcome.reason}\n{outcome.error_type}"
    return ""


def _timestamp(time_s: float) -> str:
    moment = datetime.datetime.fromtimestamp(time_s, datetime.UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _runtime_version(spec: FunctionSpec, runtime_id: str) -> tuple[str, str]:
    name = f"python:{spec.python_version}" if spec.python_version else spec.runtime.replace(".", ":", 1)
    return f"{name}.headstart", f"arn:aws:lambda:{spec.region}::runtime:{runtime_id}"


class _TextLog:
    def __init__(self, spec: FunctionSpec, runtime_id: str) -> None:
        version, arn = _runtime_version(spec, runtime_id)
        self._init_start = f"INIT_START Runtime Version: {version}\tRuntime Version ARN: {arn}"
        self._version = spec.version

    def init_start(self, time_s: float) -> str:
        return self._init_start

    def init_report(self, time_s: float, init_ms: float, *, phase: str, status: str, error_type: str | None) -> str:
        error = f"\tError Type: {error_type}" if error_type else ""
        return f"INIT_REPORT Init Duration: {init_ms:.2f} ms\tPhase: {phase}\tStatus: {status}{error}"

    def start(self, time_s: float, request_id: str) -> str:
        return f"START RequestId: {request_id} Version: {self._version}"

    def end(self, request_id: str) -> str:
        return f"END RequestId: {request_id}"

    def report(self, time_s: float, request_id: str, *, figures: ReportFigures) -> str:
        parts = [
            f"REPORT RequestId: {request_id}",
            f"Duration: {figures.duration_ms:.2f} ms",
            f"Billed Duration: {figures.billed_ms} ms",
            f"Memory Size: {figures.memory_size_mb} MB",
            f"Max Memory Used: {figures.max_memory_mb} MB",
        ]
        if figures.init_ms is not None:
            parts.append(f"Init Duration: {figures.init_ms:.2f} ms")
        if figures.status:
            parts.append(f"Status: {figures.status}")
        if figures.error_type:
            parts.append(f"Error Type: {figures.error_type}")
        return "\t".join(parts) + "\t"


class _JsonLog:
    def __init__(self, spec: FunctionSpec, *, environment_id: str, runtime_id: str) -> None:
        self._spec = spec
        self._environment_id = environment_id
        self._runtime_id = runtime_id

    def init_start(self, time_s: float) -> str:
        version, arn = _runtime_version(self._spec, self._runtime_id)
        record = {
            "initializationType": self._spec.initialization.value,
            "phase": "init",
            "runtimeVersion": version,
            "runtimeVersionArn": arn,
            "functionName": self._spec.name,
            "functionVersion": self._spec.version,
            "instanceId": self._environment_id,
            "instanceMaxMemory": self._spec.memory.in_bytes,
        }
        return _record(time_s, "platform.initStart", record=record)

    def init_report(self, time_s: float, init_ms: float, *, phase: str, status: str, error_type: str | None) -> str:
        record: dict[str, Any] = {
            "initializationType": self._spec.initialization.value,
            "phase": phase,
            "status": status,
            "metrics": {"durationMs": round(init_ms, 3)},
        }
        if error_type:
            record["errorType"] = error_type
        return _record(time_s, "platform.initReport", record=record)

    def start(self, time_s: float, request_id: str) -> str:
        record = {"requestId": request_id, "functionArn": self._spec.arn, "version": self._spec.version}
        return _record(time_s, "platform.start", record=record)

    def end(self, request_id: str) -> str:
        return ""  # not written at the default system log level

    def report(self, time_s: float, request_id: str, *, figures: ReportFigures) -> str:
        metrics: dict[str, float] = {
            "durationMs": round(figures.duration_ms, 3),
            "billedDurationMs": figures.billed_ms,
            "memorySizeMB": figures.memory_size_mb,
            "maxMemoryUsedMB": figures.max_memory_mb,
        }
        if figures.init_ms is not None:
            metrics["initDurationMs"] = round(figures.init_ms, 3)
        record: dict[str, Any] = {"requestId": request_id, "metrics": metrics, "status": figures.status or "success"}
        if figures.error_type:
            record["errorType"] = figures.error_type
        return _record(time_s, "platform.report", record=record)


def _record(time_s: float, kind: str, *, record: dict[str, Any]) -> str:
    return msgspec.json.encode({"time": _timestamp(time_s), "type": kind, "record": record}).decode()
