"""Writes what was planned: each file beside its place and then renamed, with its mode, unless it has changed."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from headstart.errors import EditError
from headstart.model.fix import FileChange


def write(changes: Iterable[FileChange]) -> None:
    """Write all of ``changes``, or none when any file is not as it was when they were planned.

    Raises:
        EditError: a file has changed since, or cannot be written.
    """
    planned = list(changes)
    for change in planned:
        _require_unchanged(change)
    for change in planned:
        _write(Path(change.file).resolve(), change.after.encode())


def _require_unchanged(change: FileChange) -> None:
    try:
        now = Path(change.file).read_bytes()
    except OSError as error:
        raise EditError(f"{change.file} cannot be read: {error.strerror}") from error
    if now != change.before.encode():
        raise EditError(f"{change.file} has changed while it was looked at; nothing is written", hint="run it again")


def _write(path: Path, document: bytes) -> None:
    try:
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(document)
            Path(beside).chmod(path.stat().st_mode & 0o7777)
            Path(beside).replace(path)
        finally:
            Path(beside).unlink(missing_ok=True)
    except OSError as error:
        raise EditError(
            f"{path} cannot be written: {error.strerror}", hint=f"chmod u+w {path.parent} {path}"
        ) from error
