"""Files that a command writes: known to be writable before the work, and never seen half written."""

import os
from pathlib import Path

from headstart.errors import RequestError


def require_writable(path: Path, *, hint: str) -> None:
    """Raise RequestError unless ``path``, a file or a folder, can be written, or made, by this user."""
    nearest = next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.exists())
    if nearest != path.absolute() and not nearest.is_dir():
        raise RequestError(f"{path} cannot be made: {nearest} is not a folder", hint=hint)
    if not os.access(nearest, os.W_OK):
        raise RequestError(f"{path} cannot be written: no write access to {nearest}", hint=hint)


def replace(path: Path, data: bytes, *, hint: str) -> None:
    """Write ``data`` beside ``path`` and rename it; what is no regular file (a pipe, a device) is written to.

    Raises:
        RequestError: it cannot be written.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)
        else:
            _rename(path, data)
    except OSError as error:
        raise RequestError(f"{path} cannot be written: {error.strerror or error}", hint=hint) from error


def _rename(path: Path, data: bytes) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
