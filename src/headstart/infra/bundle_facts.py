"""Reads what a bundle says of itself: the runtime, architecture and handler that it was made for."""

import zipfile
from contextlib import suppress
from pathlib import Path

import msgspec

from headstart.model.bundle import MARK, BundleFacts


def read(code: Path) -> BundleFacts | None:
    """The facts in a folder or zip; None where it is no bundle."""
    with suppress(OSError, zipfile.BadZipFile, KeyError, msgspec.MsgspecError):
        return msgspec.json.decode(_mark(code), type=BundleFacts)
    return None


def _mark(code: Path) -> bytes:
    if code.is_dir():
        return (code / MARK).read_bytes()
    with zipfile.ZipFile(code) as archive:
        return archive.read(MARK)
