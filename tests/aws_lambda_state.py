"""Lambda's control plane and its invocations, in memory: versions, aliases, revisions and states as AWS has them.

Nothing sleeps: what an invocation took is computed, and stands in the REPORT of its log.
"""

import base64
import hashlib
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

REGION = "us-east-1"
ACCOUNT = "123456789012"
TAIL_BYTES = 4096
# What AWS leaves out of account when it asks whether anything has changed since the last version.
VOLATILE = ("FunctionArn", "LastModified", "LastUpdateStatus", "RevisionId", "State", "Version")


class Refused(Exception):
    """An exception of Lambda's API."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def not_found(what: str) -> Refused:
    return Refused(404, "ResourceNotFoundException", f"Function not found: {what}")


@dataclass(frozen=True)
class Ran:
    """How an invocation went. ``error``: payload of a function error; ``status``, ``error_type``: of the REPORT."""

    duration_ms: float
    payload: bytes = b'{"ok":true}'
    is_error: bool = False
    max_memory_mb: int = 60
    status: str = ""
    error_type: str = ""


@dataclass(frozen=True)
class Call:
    """What a function's behaviour sees of an invocation; ``number`` counts those of the whole function from 1."""

    memory_mb: int
    payload: bytes
    number: int
    qualifier: str
    is_cold: bool


def by_law(io_ms: float, cpu_ms: float) -> Callable[[Call], Ran]:
    return lambda call: Ran(io_ms + cpu_ms / min(call.memory_mb / 1769, 1.0))


@dataclass
class Alias:
    version: str
    description: str = ""
    weights: dict[str, float] = field(default_factory=dict)
    revision: str = field(default_factory=lambda: str(uuid.uuid4()))


class DeployedFunction:
    """One function. ``behave`` says how invocations go; ``polls_pending`` how many reads see a change under way;
    ``init_ms`` what a cold start adds; ``throttled`` how many invocations are refused first; ``log_is_cut`` leaves the
    REPORT out of the tail, and ``log_arrives_after`` reads of CloudWatch Logs have it; ``snapstart`` restores."""

    def __init__(self, name: str, **settings: Any) -> None:
        self.name = name
        self.package = b"PK\x05\x06" + bytes(18)
        self.latest: dict[str, Any] = {
            "FunctionName": name,
            "FunctionArn": self.arn(),
            "Runtime": "python3.13",
            "Role": f"arn:aws:iam::{ACCOUNT}:role/lambda",
            "Handler": "app.handler",
            "CodeSize": len(self.package),
            "CodeSha256": "code-1",
            "Description": "",
            "Timeout": 3,
            "MemorySize": 512,
            "PackageType": "Zip",
            "Architectures": ["x86_64"],
            "EphemeralStorage": {"Size": 512},
            "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"},
            "Environment": {"Variables": {"SECRET": "hunter2"}},
            **settings,
            "Version": "$LATEST",
            "State": "Active",
            "LastUpdateStatus": "Successful",
            "RevisionId": str(uuid.uuid4()),
        }
        self.versions: dict[str, dict[str, Any]] = {}
        self.aliases: dict[str, Alias] = {}
        self.behave: Callable[[Call], Ran] = by_law(10, 100)
        self.polls_pending = self.pending = 0
        self.published = 0
        self.init_ms = 150.0
        self.snapstart = False
        self.throttled = 0
        self.log_is_cut = False
        self.log_arrives_after = 0
        self.warm: set[str] = set()
        self.invocations: list[Call] = []

    def arn(self, qualifier: str | None = None) -> str:
        whole = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.name}"
        return f"{whole}:{qualifier}" if qualifier else whole

    def version_of(self, qualifier: str | None) -> str:
        if qualifier in self.aliases:
            return self.aliases[qualifier].version
        if qualifier in (None, "", "$LATEST") or qualifier in self.versions:
            return qualifier or "$LATEST"
        raise not_found(self.arn(qualifier))

    def configuration(self, qualifier: str | None = None) -> dict[str, Any]:
        version = self.version_of(qualifier)
        if version != "$LATEST":
            return self.versions[version]
        if self.latest["LastUpdateStatus"] == "InProgress":
            self.pending -= 1
            if self.pending < 0:  # the end of a change is a change of the revision too
                self.latest |= {"LastUpdateStatus": "Successful", "RevisionId": str(uuid.uuid4())}
        return self.latest

    def update(self, changes: dict[str, Any]) -> dict[str, Any]:
        self._guard(changes.pop("RevisionId", None))
        status = "InProgress" if self.polls_pending else "Successful"
        self.pending = self.polls_pending
        self.latest = {**self.latest, **changes, "LastUpdateStatus": status, "RevisionId": str(uuid.uuid4())}
        self.warm.discard("$LATEST")
        return self.latest

    def publish(self, request: dict[str, Any]) -> dict[str, Any]:
        self._guard(request.get("RevisionId"))
        last = self.versions.get(str(self.published))
        if last is not None and _lasting(last) == _lasting(self.latest):
            return last
        self.published += 1
        number = str(self.published)
        self.versions[number] = {**self.latest, "Version": number, "FunctionArn": self.arn(number)}
        return self.versions[number]

    def create_alias(self, request: dict[str, Any]) -> dict[str, Any]:
        if request["Name"] in self.aliases:
            raise Refused(409, "ResourceConflictException", f"Alias already exists: {request['Name']}")
        self.aliases[request["Name"]] = Alias(self._existing(request), request.get("Description", ""))
        return self.shown(request["Name"])

    def update_alias(self, name: str, request: dict[str, Any]) -> dict[str, Any]:
        alias = self._alias(name)
        if request.get("RevisionId") not in (None, alias.revision):
            raise Refused(412, "PreconditionFailedException", "The Revision Id provided does not match")
        self.aliases[name] = Alias(self._existing(request), request.get("Description", alias.description))
        return self.shown(name)

    def delete_alias(self, name: str) -> None:
        self._alias(name)
        del self.aliases[name]

    def shown(self, name: str) -> dict[str, Any]:
        alias = self._alias(name)
        routing = {"RoutingConfig": {"AdditionalVersionWeights": alias.weights}} if alias.weights else {}
        return {
            "AliasArn": self.arn(name),
            "Name": name,
            "FunctionVersion": alias.version,
            "Description": alias.description,
            "RevisionId": alias.revision,
            **routing,
        }

    def delete_version(self, number: str) -> None:
        if number not in self.versions:
            raise not_found(self.arn(number))
        if any(alias.version == number for alias in self.aliases.values()):
            raise Refused(409, "ResourceConflictException", f"Version {number} has aliases")
        del self.versions[number]

    def invoke(self, qualifier: str | None, payload: bytes) -> tuple[Ran, str, str]:
        """How it went, its request's id and its log; REPORT last."""
        version = self.version_of(qualifier)
        configuration = self.configuration(version)
        if self.throttled:
            self.throttled -= 1
            raise Refused(429, "TooManyRequestsException", "Rate Exceeded.")
        is_cold = version not in self.warm
        self.warm.add(version)
        memory_mb = configuration["MemorySize"]
        call = Call(memory_mb, payload, len(self.invocations) + 1, qualifier or "$LATEST", is_cold)
        self.invocations.append(call)
        ran = self.behave(call)
        request_id = str(uuid.uuid4())
        write = _json_log if configuration["LoggingConfig"]["LogFormat"] == "JSON" else _text_log
        init_ms = self.init_ms if is_cold else None
        return ran, request_id, write(request_id, ran, memory_mb=memory_mb, init_ms=init_ms, restores=self.snapstart)

    def _guard(self, revision: str | None) -> None:
        if self.latest["LastUpdateStatus"] == "InProgress":
            raise Refused(409, "ResourceConflictException", f"An update is in progress for resource: {self.arn()}")
        if revision not in (None, self.latest["RevisionId"]):
            raise Refused(412, "PreconditionFailedException", "The Revision Id provided does not match the latest")

    def _existing(self, request: dict[str, Any]) -> str:
        return self.version_of(request["FunctionVersion"])

    def _alias(self, name: str) -> Alias:
        if name not in self.aliases:
            raise Refused(404, "ResourceNotFoundException", f"Cannot find alias arn: {self.arn(name)}")
        return self.aliases[name]


def tail(log: str) -> str:
    return base64.b64encode(log.encode()[-TAIL_BYTES:]).decode()


def sha(package: bytes) -> str:
    return base64.b64encode(hashlib.sha256(package).digest()).decode()


def _lasting(configuration: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in configuration.items() if name not in VOLATILE}


def _billed(ran: Ran, init_ms: float | None) -> int:
    return int(-(-(ran.duration_ms + (init_ms or 0)) // 1))


def _text_log(request_id: str, ran: Ran, *, memory_mb: int, init_ms: float | None, restores: bool) -> str:
    fields = [
        f"REPORT RequestId: {request_id}",
        f"Duration: {ran.duration_ms:.2f} ms",
        f"Billed Duration: {_billed(ran, None if restores else init_ms)} ms",
        f"Memory Size: {memory_mb} MB",
        f"Max Memory Used: {ran.max_memory_mb} MB",
    ]
    if init_ms is not None and restores:
        fields += [f"Restore Duration: {init_ms:.2f} ms", f"Billed Restore Duration: {int(init_ms)} ms"]
    elif init_ms is not None:
        fields.append(f"Init Duration: {init_ms:.2f} ms")
    if ran.status:
        fields.append(f"Status: {ran.status}")
    if ran.error_type:
        fields.append(f"Error Type: {ran.error_type}")
    report = "\t".join(fields) + "\t\n"
    return f"START RequestId: {request_id} Version: $LATEST\nhello\nEND RequestId: {request_id}\n{report}"


def _json_log(request_id: str, ran: Ran, *, memory_mb: int, init_ms: float | None, restores: bool) -> str:
    metrics: dict[str, float] = {
        "durationMs": round(ran.duration_ms, 3),
        "billedDurationMs": _billed(ran, None if restores else init_ms),
        "memorySizeMB": memory_mb,
        "maxMemoryUsedMB": ran.max_memory_mb,
    }
    if init_ms is not None:
        metrics |= {"restoreDurationMs": init_ms, "billedRestoreDurationMs": int(init_ms)} if restores else {}
        metrics |= {} if restores else {"initDurationMs": init_ms}
    record = {"requestId": request_id, "metrics": metrics, "status": ran.status or "success"}
    if ran.error_type:
        record["errorType"] = ran.error_type
    start = {"requestId": request_id, "functionArn": "arn", "version": "$LATEST"}
    lines = [
        {"time": "2026-11-25T07:30:27.768Z", "type": "platform.start", "record": start},
        {"timestamp": "2026-11-25T07:30:27Z", "level": "INFO", "message": "hello", "requestId": request_id},
        {"time": "2026-11-25T07:30:28.768Z", "type": "platform.report", "record": record},
    ]
    return "".join(f"{json.dumps(line)}\n" for line in lines)
