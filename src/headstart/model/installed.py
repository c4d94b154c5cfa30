"""What installers leave beside the packages that they install: the names of distributions, and records of files."""

import csv
import re
from contextlib import suppress


def normalized(name: str) -> str:
    """The name of a distribution as PEP 503 has it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def recorded(record: str) -> list[str]:
    """The files that the text of a RECORD has, relative to the folder of its distribution; none outside of that."""
    files: list[str] = []
    with suppress(csv.Error):  # it is no RECORD from there on
        files.extend(row[0] for row in csv.reader(record.splitlines()) if row and not row[0].startswith(("/", "..")))
    return files
