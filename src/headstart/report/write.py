"""The report folder: each file is written beside its place and then renamed, so a reader never sees half of one."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from headstart.errors import ConfigError, RequestError
from headstart.model.results import CheckResult
from headstart.model.tuning import TuneResult
from headstart.report import as_html, as_json, as_trace, tune_as_html, tune_as_json


def write(result: CheckResult, folder: Path) -> tuple[Path, ...]:
    """Write ``report.html``, ``report.json`` and ``trace.json`` into ``folder`` and return their paths in that order.

    Raises:
        RequestError: the folder cannot be made or written to.
    """
    documents = {
        "report.html": as_html.render(result).encode(),
        "report.json": as_json.encode(result),
        "trace.json": as_trace.encode(result),
    }
    return _write_all(documents, folder)


def write_tuning(result: TuneResult, folder: Path) -> tuple[Path, ...]:
    """Write ``tune.html`` and ``tune.json`` into ``folder`` and return their paths in that order; raises as above."""
    documents = {"tune.html": tune_as_html.render(result).encode(), "tune.json": tune_as_json.encode(result)}
    return _write_all(documents, folder)


def require_writable(folder: Path) -> None:
    """Make ``folder`` and see that files can be written into it.

    Raises:
        RequestError: they cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise _refused(folder, error, hint="name a place that you may write to, e.g. --output DIR") from error


def require_place(file: Path, *, flag: str) -> None:
    """See that ``file``, given by ``flag``, can be written, and make the folder for it.

    Raises:
        RequestError: it cannot.
    """
    require_writable(file.parent)
    if file.exists() and not file.is_file():
        raise ConfigError(f"{flag} {file} is not a file", hint=f"{flag} - prints on stdout")


def write_file(path: Path, document: bytes) -> Path:
    """Write one file, whole or not at all.

    Raises:
        RequestError: it cannot be written.
    """
    beside = path.parent / f".{path.name}.{os.getpid()}"
    try:
        try:
            beside.write_bytes(document)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise _refused(path, error, hint="name a file in a folder that you may write to") from error
    return path


def _write_all(documents: Mapping[str, bytes], folder: Path) -> tuple[Path, ...]:
    require_writable(folder)
    return tuple(write_file(folder / name, document) for name, document in documents.items())


def _refused(path: Path, error: OSError, *, hint: str) -> RequestError:
    return RequestError(f"{path} cannot be written: {error.strerror or error}", hint=hint)
