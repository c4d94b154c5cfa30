"""Gives findings a fingerprint that stays the same when lines move: rule, file, subject and the line's own words."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path, PurePath

import msgspec

from headstart.model.finding import Finding
from headstart.model.text_lines import lines

_LENGTH = 16


def given(findings: Iterable[Finding], *, root: Path) -> Iterator[Finding]:
    """The findings with their fingerprints; of several that are alike the order of lines decides which is which."""
    lines_of = cache(_lines)
    seen: Counter[tuple[str, ...]] = Counter()
    for finding in sorted(findings, key=lambda each: (each.place, each.rule)):
        text = _line(lines_of(finding.place.file), finding.place.line)
        alike = (finding.rule, _relative(finding.place.file, root), finding.subject, text)
        seen[alike] += 1
        digest = hashlib.sha256("\0".join((*alike, str(seen[alike]))).encode()).hexdigest()
        yield msgspec.structs.replace(finding, fingerprint=digest[:_LENGTH])


def _lines(file: str) -> list[str]:
    try:
        return lines(Path(file).read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return []


def _line(lines: list[str], number: int) -> str:
    return " ".join(lines[number - 1].split()) if 0 < number <= len(lines) else ""


def _relative(file: str, root: Path) -> str:
    path = PurePath(file)
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
