"""What of a distribution's own records is read at run time, and what only installers read."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from headstart.optimize.bundle.listing import Listing

_READS_METADATA: Final = re.compile(rb"importlib[._]metadata|importlib import metadata|pkg_resources")
_INSTALLERS: Final = frozenset(
    {"INSTALLER", "REQUESTED", "RECORD.jws", "RECORD.p7s", "direct_url.json", "pbr.json", "zip-safe", "uv_build.json"}
    | {"uv_cache.json", "dependency_links.txt"}
)
# The calls of importlib.metadata and pkg_resources that read a file. METADATA, WHEEL and RECORD stay: by them an audit,
# or a scanner, knows what a package is, for which machine, and which files are its.
_READ_BY: Final = {
    "top_level.txt": re.compile(rb"packages_distributions|top_level|pkg_resources"),
    "entry_points.txt": re.compile(rb"entry_?points?|pkg_resources|load_entry|distributions"),
}
_READS_HASHES: Final = re.compile(rb"metadata import .*\bfiles\b|(?:metadata|dist\w*)\.files\b|\bRECORD\b")
WHY_INSTALLERS: Final = "records for installers"
WHY_NOT_ASKED: Final = "records that no module asks for"


def needless(listing: Listing) -> Iterator[tuple[str, str]]:
    """The files of ``*.dist-info`` that no module reads, each with why."""
    readers = list(_readers(listing))
    asked = {name for name, pattern in _READ_BY.items() if any(pattern.search(content) for content in readers)}
    for path in listing.sizes:
        folder, _, name = path.partition("/")
        if folder.endswith(".dist-info"):
            if name in _INSTALLERS:
                yield path, WHY_INSTALLERS
            elif name in _READ_BY and name not in asked:
                yield path, WHY_NOT_ASKED


def rewrite_records(listing: Listing, *, rewritten: Mapping[str, str] = MappingProxyType({})) -> None:
    """Let each RECORD have what is there, under the new path where it was ``rewritten``; with hashes and sizes only
    where a module asks for them, and of what was not."""
    has_hashes = any(_READS_HASHES.search(content) for content in _readers(listing))
    for record in listing.root.glob("*.dist-info/RECORD"):
        with record.open(encoding="utf-8", newline="") as lines:
            rows = [
                row if has_hashes and row[0] not in rewritten else [rewritten.get(row[0], row[0]), "", ""]
                for row in csv.reader(lines)
                if row
            ]
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(sorted(row for row in rows if row[0] in listing.sizes))
        record.write_text(text.getvalue(), "utf-8")


def _readers(listing: Listing) -> Iterator[bytes]:
    """The modules that read metadata."""
    for path in listing.sizes:
        if path.endswith(".py") and _READS_METADATA.search(content := listing.read(path)):
            yield content
