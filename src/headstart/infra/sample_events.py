"""Events to send: from a file, from standard input, written out in JSON, or one of AWS's shapes by name."""

import difflib
import json
from pathlib import Path
from typing import BinaryIO, NoReturn

from headstart.errors import EventError
from headstart.model import limits
from headstart.model.invocation import Event

_FOLDER = Path(__file__).parent / "sample_events"
_EXCERPT_CHARACTERS = 30


def names() -> tuple[str, ...]:
    """The named sample events, sorted."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.json")))


def load(name: str) -> Event:
    """The sample event ``name``.

    Raises:
        EventError: there is none of that name.
    """
    known = names()
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        raise EventError(
            f"no sample event {name!r}; there are: {', '.join(known)}",
            hint=f"did you mean --event {close[0]}?" if close else "--event s3-put",
        )
    return Event((_FOLDER / f"{name}.json").read_bytes(), name=name)


def read_event(source: str, stdin: BinaryIO) -> Event:
    """The event that ``source`` means: ``-`` is ``stdin``, JSON itself, a file, else the name of a sample event.

    Raises:
        EventError: not found, not JSON, or larger than Lambda accepts.
    """
    if source == "-":
        return parse(stdin.read(limits.REQUEST_BYTES_MAX + 1), name="stdin")
    if source.lstrip().startswith(("{", "[", '"')):
        return parse(source.encode(), name="event", where="on the command line")
    if _looks_like_file(source):
        return read_file(Path(source))
    return load(source)


def read_file(path: Path, *, name: str | None = None) -> Event:
    """The event in a file, named like the file unless ``name`` is given.

    Raises:
        EventError: it cannot be read, is not JSON, or is larger than Lambda accepts.
    """
    try:
        with path.open("rb") as file:
            payload = file.read(limits.REQUEST_BYTES_MAX + 1)
    except OSError as error:
        raise EventError(f"event {path} cannot be read: {error.strerror}", hint=f"ls {path.parent}") from error
    return parse(payload, name=name or path.stem, where=str(path))


def parse(payload: bytes, *, name: str, where: str = "") -> Event:
    """An event of ``payload``, which must be JSON and within Lambda's limit.

    Raises:
        EventError: it is not; the message has the line, the column and an excerpt.
    """
    where = where or name
    if len(payload) > limits.REQUEST_BYTES_MAX:
        raise EventError(
            f"event {where} is larger than {limits.REQUEST_BYTES_MAX:,} bytes, the most that Lambda accepts",
            hint="put the data into S3 and send its bucket and key",
        )
    try:
        json.loads(payload.decode("utf-8"), parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise EventError(
            f"event {where} is not JSON: {error.msg} at line {error.lineno}, column {error.colno}{_excerpt(error)}",
            hint=f"python -m json.tool {where}"
            if Path(where).is_file()
            else 'for example --event \'{"key": "value"}\'',
        ) from error
    except UnicodeDecodeError as error:
        raise EventError(f"event {where} is not UTF-8: {error.reason} at byte {error.start}") from error
    except (ValueError, RecursionError) as error:
        raise EventError(f"event {where} is not JSON: {error}") from error
    return Event(payload, name=name)


def _looks_like_file(source: str) -> bool:
    return Path(source).is_file() or "/" in source or source.endswith(".json")


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


def _excerpt(error: json.JSONDecodeError) -> str:
    if not error.doc.strip():
        return " (it is empty)"
    start = max(error.doc.rfind("\n", 0, error.pos) + 1, error.pos - _EXCERPT_CHARACTERS)
    end = min((error.doc + "\n").index("\n", error.pos), error.pos + _EXCERPT_CHARACTERS)
    return f": {error.doc[start : error.pos]}>>>{error.doc[error.pos : end]}"
