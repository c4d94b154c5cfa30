"""Finds what ``headstart check`` last measured: the report.json files that it left in a folder."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from headstart.errors import ConfigError
from headstart.model.results import CheckResult
from headstart.report import as_json

_PATTERNS = ("headstart-report/report.json", "headstart-report/*/report.json")


class LastCheck(msgspec.Struct, frozen=True):
    """A result, the file that it is in, and when that was written, in s since the epoch."""

    result: CheckResult
    file: Path
    written_s: float


def find(folder: Path) -> Iterator[LastCheck]:
    """Those under ``folder``, the newest first; files that this version does not read are passed over."""
    files = {file for pattern in _PATTERNS for file in folder.glob(pattern)}
    for file in sorted(files, key=lambda file: -file.stat().st_mtime):
        try:
            yield LastCheck(as_json.decode(file.read_bytes()), file, file.stat().st_mtime)
        except ConfigError:
            continue
