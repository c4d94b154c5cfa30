"""What of a distribution's own records is read at run time, and what only installers read."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from headstart.optimize.bundle.listing import Listing

_READS_METADATA: Final = re.compile(rb"importlib[._]metadata|importlib import metadata|pkg_resources")
_INSTALLERS: Final = frozenset(
    {"INSTALLER", "REQUESTED", "RECORD.jws", "RECORD.p7s", "direct_url.json", "pbr.json", "zip-safe", "uv_build.json"}
    | {"uv_cache.json", "dependency_links.txt"}
)
# The calls of importlib.metadata and pkg_resources that read a file. METADATA has the version and the licence, and with
# WHEEL it is what scanners of packages read: both stay.
_READ_BY: Final = {
    "RECORD": re.compile(
        rb"metadata import .*\bfiles\b|(?:metadata|dist\w*)\.files\b|packages_distributions|\bRECORD\b"
    ),
    "top_level.txt": re.compile(rb"packages_distributions|top_level|pkg_resources"),
    "entry_points.txt": re.compile(rb"entry_?points?|pkg_resources|load_entry|distributions"),
}
WHY_INSTALLERS: Final = "records for installers"
WHY_NOT_ASKED: Final = "records that no module asks for"


def needless(listing: Listing) -> Iterator[tuple[str, str]]:
    """The files of ``*.dist-info`` that no module reads, each with why."""
    readers = [
        content
        for path in listing.sizes
        if path.endswith(".py") and _READS_METADATA.search(content := listing.read(path))
    ]
    asked = {name for name, pattern in _READ_BY.items() if any(pattern.search(content) for content in readers)}
    for path in listing.sizes:
        folder, _, name = path.partition("/")
        if folder.endswith(".dist-info"):
            if name in _INSTALLERS:
                yield path, WHY_INSTALLERS
            elif name in _READ_BY and name not in asked:
                yield path, WHY_NOT_ASKED


def rewrite_records(root: Path) -> None:
    """Let each RECORD that stays have what is there; what an installation alone decides is left out."""
    for record in root.glob("*.dist-info/RECORD"):
        with record.open(encoding="utf-8", newline="") as lines:
            rows = [row for row in csv.reader(lines) if row and (root / row[0]).is_file()]
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(sorted(rows))
        record.write_text(text.getvalue(), "utf-8")
