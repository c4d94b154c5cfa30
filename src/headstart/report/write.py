"""The report folder: each file is written beside its place and then renamed, so a reader never sees half of one."""

import os
from pathlib import Path

from headstart.errors import RequestError
from headstart.model.results import CheckResult
from headstart.report import as_html, as_json, as_trace


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
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return tuple(_replace(folder / name, document) for name, document in documents.items())
    except OSError as error:
        raise RequestError(
            f"the report cannot be written to {folder}: {error.strerror or error}",
            hint="--report-dir FOLDER, a folder that you may write to",
        ) from error


def _replace(path: Path, document: bytes) -> Path:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(document)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return path
