"""Finds what users said not to report: ``# headstart: ignore[HS401] reason``, or a resource's metadata."""

import io
import re
import tokenize
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import msgspec

from headstart.audit.subject import Subject
from headstart.model.audit import Suppressed
from headstart.model.finding import Finding
from headstart.model.infrastructure import Place, Resource
from headstart.model.text_lines import lines

_MARK = "headstart:"
_COMMENT = re.compile(r"#\s*headstart:\s*ignore\b\s*(?:\[(?P<rules>[^\]]*)\])?[\s:]*(?P<reason>.*?)\s*$")
_COMMENT_IN_TEXT = re.compile(rf"(?:^|(?<=\s)){_COMMENT.pattern}")
_NO_COMMENTS = (".json", ".zip")


class Ignore(msgspec.Struct, frozen=True, kw_only=True):
    """The rules that are not to be reported on ``covers``, and where the user said so."""

    rules: tuple[str, ...]
    reason: str
    place: Place
    covers: frozenset[tuple[str, int]] = frozenset()
    subject: str = ""

    def fits(self, finding: Finding) -> bool:
        """Whether it is about this finding."""
        place = finding.place
        is_here = (place.file, place.line) in self.covers or (self.subject != "" and finding.subject == self.subject)
        return finding.rule in self.rules and is_here


def find(subject: Subject, files: Iterable[str]) -> list[Ignore]:
    """All of them in the code and the templates of ``subject`` and in other ``files``, in order of place."""
    sources = {module.file: module.source for program in subject.programs for module in program.modules.values()}
    resources = [each for infra in subject.infrastructures for each in infra.resources.values()]
    others = {*files, *(each.place.file for each in resources), *(infra.file for infra in subject.infrastructures)}
    texts = {file: _text(file) for file in sorted(others - sources.keys())}
    found = [ignore for file, text in (texts | sources).items() if _MARK in text for ignore in _in_text(file, text)]
    found += [ignore for resource in resources for ignore in _in_metadata(resource)]
    return sorted(found, key=lambda ignore: ignore.place)


def apply(
    ignores: Collection[Ignore], findings: Iterable[Finding]
) -> tuple[list[Finding], list[Suppressed], set[tuple[Ignore, str]]]:
    """The findings that remain, those that do not, and each ignore that was of use with the rule that it was for."""
    kept, suppressed, used = [], [], set()
    for finding in findings:
        fitting = [ignore for ignore in ignores if ignore.fits(finding)]
        used |= {(ignore, finding.rule) for ignore in fitting}
        if fitting:
            suppressed.append(Suppressed(finding=finding, how="comment", reason=fitting[0].reason))
        else:
            kept.append(finding)
    return kept, suppressed, used


def _text(file: str) -> str:
    path = Path(file)
    if path.suffix in _NO_COMMENTS or not path.is_file():
        return ""
    return path.read_text(encoding="utf-8", errors="replace")


def _in_text(file: str, text: str) -> Iterator[Ignore]:
    comments = _python_comments if file.endswith(".py") else _comments
    all_lines = lines(text)
    for number, match in comments(text):
        line = _next_statement(all_lines, number) if all_lines[number - 1].lstrip().startswith("#") else number
        yield Ignore(
            rules=_ids(match["rules"] or ""),
            reason=match["reason"],
            place=Place(file, number),
            covers=frozenset({(file, line)}),
        )


def _python_comments(text: str) -> Iterator[tuple[int, re.Match[str]]]:
    """Comments only: not what a text in the code says."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT and (match := _COMMENT.search(token.string)):
                yield token.start[0], match
    except (tokenize.TokenError, SyntaxError):
        return


def _comments(text: str) -> Iterator[tuple[int, re.Match[str]]]:
    for number, line in enumerate(lines(text), start=1):
        if match := _COMMENT_IN_TEXT.search(line):
            yield number, match


def _next_statement(all_lines: list[str], number: int) -> int:
    """The line that a comment on a line of its own is about."""
    for later in range(number + 1, len(all_lines) + 1):
        content = all_lines[later - 1].strip()
        if content and not content.startswith("#"):
            return later
    return number


def _in_metadata(resource: Resource) -> Iterator[Ignore]:
    """``{"headstart": {"ignore": ["HS101 reason"]}}`` in the resource's Metadata."""
    said = resource.metadata.get("headstart")
    given = said.get("ignore") if isinstance(said, dict) else None
    for text in given if isinstance(given, list) else ():
        if isinstance(text, str):
            id_, _, reason = text.partition(" ")
            covers = frozenset((place.file, place.line) for place in (resource.place, *resource.places.values()))
            yield Ignore(
                rules=(id_.rstrip(":"),),
                reason=reason.strip(),
                place=resource.place,
                covers=covers,
                subject=resource.id,
            )


def _ids(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (part.strip() for part in text.split(","))))
