"""An invocation as named values: each that two runs can differ in is a field of its own, so that it can be named."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from headstart.model.invocation import InvocationReport, LogLine, RuntimeExited, Succeeded
from headstart.model.proof import Observation, Observed
from headstart.optimize.proof.calls import Call, Reader

_TRACEBACK: Final = "Traceback (most recent call last):"
_SCALAR: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s\[\]{}:,"]+')
_WORD: Final = re.compile(r"\s*\S+|\s+")
_MOST_WORDS: Final = 20_000
_SHOWN_BYTES: Final = 200
# Of these only whether they are the same is told.
_SECRET_HEADERS: Final = frozenset(
    {"authorization", "proxy-authorization", "cookie", "x-api-key", "x-amz-security-token", "x-auth-token"}
)
LOG: Final = "log line"
TMP: Final = "/tmp/"  # noqa: S108 (how fields are named)
NETWORK: Final = "network call"
_FILES_UNSEEN: Final = "files in /tmp could not be listed on this machine"
_NETWORK_UNSEEN: Final = "what was sent could not be seen"


class Describer:
    """Describes the invocations of one pass, whose connections outlive them."""

    def __init__(self) -> None:
        self._network = Reader()
        self._services = Reader()

    def describe(self, observed: Observed, *, replay: str, position: int) -> Observation:
        """What can be compared of one invocation."""
        report, names = observed.report, observed.names
        fields = dict(_outcome(report))
        fields |= _log(report, names)
        fields |= {TMP + path: what for path, what in (observed.files or {}).items()}
        fields |= _calls("service call", self._services.read(observed.services))
        fields |= _calls(NETWORK, self._network.read(observed.network or ()))
        fields |= {f"process {number}": what for number, what in enumerate(observed.started, start=1)}
        unseen = list(observed.unseen)
        if observed.files is None:
            unseen.append(_FILES_UNSEEN)
        if observed.network is None:
            unseen.append(f"{_NETWORK_UNSEEN}: {_why_unseen(report)}")
        return Observation(
            replay=replay,
            position=position,
            event_name=report.event_name,
            fields={_named(field, names): _named(value, names) for field, value in fields.items()},
            failure="" if report.succeeded else f"{report.event_name}: {_failure(report)}",
            unseen=tuple(unseen),
        )


def decides(field: str) -> bool:
    """Whether the field is part of what the function answers or does; headers and the log are not."""
    return not field.startswith(LOG) and ", header " not in field


def _why_unseen(report: InvocationReport) -> str:
    if report.succeeded:
        return "the runtime is not AWS's client for Python"
    return f"the runtime ended ({report.outcome.__class__.__name__})"


def _failure(report: InvocationReport) -> str:
    error_type = getattr(report.outcome, "error_type", "")
    return f"{error_type}: {getattr(report.outcome, 'message', '') or getattr(report.outcome, 'reason', '')}".strip(
        " :"
    )


def _outcome(report: InvocationReport) -> Iterator[tuple[str, str]]:
    outcome = report.outcome
    yield "outcome", type(outcome).__name__
    if isinstance(outcome, RuntimeExited):
        yield "exit", outcome.reason
    if isinstance(outcome, Succeeded):
        yield from _content("response", outcome.payload).items()
        return
    error = _decoded(outcome.payload.decode("utf-8", "replace"))
    fields = error if isinstance(error, dict) else {"errorMessage": outcome.payload.decode("utf-8", "replace")}
    # Where the lines of code lie is not behaviour.
    told = {name: value for name, value in fields.items() if name not in ("stackTrace", "requestId")}
    yield from _flat("error", told).items()


def _named(text: str, names: Mapping[str, str]) -> str:
    for value, name in names.items():
        text = text.replace(value, name)
    return text


def _log(report: InvocationReport, names: Mapping[str, str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for number, text in enumerate(_without_frames(report.log), start=1):
        place = f"{LOG} {number}"
        entry = _decoded(text) if text.startswith("{") else None
        if isinstance(entry, dict):
            fields |= _flat(place, _entry(entry, names))
            continue
        parts = text.split("\t", 3)
        if len(parts) == 4 and parts[2] in names:
            del parts[1]  # the time that the runtime puts before a record
        found = _WORD.findall("\t".join(parts)) if len(fields) < _MOST_WORDS else [text]
        fields |= {f"{place}, word {at}": word for at, word in enumerate(found or [""], start=1)}
    return fields


def _entry(entry: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """A log entry in JSON without where the lines of code lie and, where it is the runtime's, without its time."""
    untold = {"stackTrace", "timestamp"} if entry.get("requestId") in names else {"stackTrace"}
    return {name: value for name, value in entry.items() if name not in untold}


def _without_frames(lines: Iterable[LogLine]) -> Iterator[str]:
    """What the function wrote, line by line, without the files and lines of code in tracebacks."""
    in_traceback = False
    for line in lines:
        for text in line.text.replace("\r", "\n").split("\n") if line.source == "function" else ():
            if in_traceback and text.startswith((" ", "\xa0")):
                continue
            in_traceback = _TRACEBACK in text
            yield text


def _calls(what: str, calls: Iterable[Call]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for number, call in enumerate(calls, start=1):
        place = f"{what} {number}"
        fields[place] = call.text
        for name, value in call.headers:
            shown = _digest(value.encode()) if name in _SECRET_HEADERS else value
            fields[f"{place}, header {name}"] = shown
        if call.body:
            fields |= _content(f"{place}, body", call.body)
    return fields


def _content(place: str, content: bytes) -> dict[str, str]:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return {place: f"{len(content)} bytes, {_digest(content)}"}
    return dict(_text(place, text))


def _text(place: str, text: str) -> Iterator[tuple[str, str]]:
    """A text as JSON, when it is more than a scalar, with the form that it is written in; else as it is."""
    value = _decoded(text) if text.lstrip()[:1] in ("{", "[") else None
    if value is None:
        yield place, text if len(text) <= _SHOWN_BYTES else f"{text[:_SHOWN_BYTES]}… {_digest(text.encode())}"
        return
    yield from _flat(place, value).items()
    yield f"{place} (its form)", _digest(_SCALAR.sub("·", text).encode())


def _flat(place: str, value: Any) -> dict[str, str]:
    fields: dict[str, str] = {}
    if isinstance(value, dict):
        fields[f"{place} (its keys)"] = ", ".join(value)
        for key, inner in value.items():
            fields |= _flat(f"{place}.{key}", inner)
    elif isinstance(value, list):
        fields[f"{place} (its length)"] = str(len(value))
        for at, inner in enumerate(value):
            fields |= _flat(f"{place}[{at}]", inner)
    elif isinstance(value, str):
        if value.lstrip()[:1] in ("{", "["):
            fields |= _text(place, value)
        else:
            fields[place] = json.dumps(value, ensure_ascii=False)
    else:
        fields[place] = json.dumps(value)
    return fields


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _digest(content: bytes) -> str:
    return f"SHA-256 {hashlib.sha256(content).hexdigest()}"
