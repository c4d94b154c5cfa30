"""An audit as Markdown for a pull request: a table that fits into one comment."""

from collections.abc import Iterator
from itertools import accumulate

from headstart.model.audit import AuditResult
from headstart.model.finding import Finding
from headstart.report.audit_words import count_by_severity, headline, left_out, savings

# GitHub refuses comments of more than 65,536 characters.
_TABLE_CHARACTERS_MAX = 45_000
_DETAILS_MAX = 30
_CELL_CHARACTERS_MAX = 300


def render(result: AuditResult) -> str:
    """The whole comment."""
    return "\n".join(_lines(result)) + "\n"


def _lines(result: AuditResult) -> Iterator[str]:
    found = count_by_severity(result.findings) or "no findings"
    yield f"### Headstart audit: {found}"
    yield ""
    if result.findings:
        yield _text(headline(result))
        yield ""
        yield "| | rule | place | why | what to do |"
        yield "|---|---|---|---|---|"
        rows = _fitting([_row(finding) for finding in result.findings])
        yield from rows
        yield ""
        hidden = len(result.findings) - len(rows)
        if hidden:
            yield f"And {hidden:,} more: `headstart audit` shows all."
            yield ""
    yield from _details(result)


def _row(finding: Finding) -> str:
    saved = savings(finding)
    why = f"{finding.message} (measured: −{', −'.join(saved)})" if saved else finding.message
    cells = (finding.severity.word, finding.rule, f"`{_code(str(finding.place))}`", _text(why), _text(finding.remedy))
    return f"| {' | '.join(cells)} |"


def _fitting(rows: list[str]) -> list[str]:
    lengths = accumulate(len(row) for row in rows)
    return [row for row, length in zip(rows, lengths, strict=True) if length <= _TABLE_CHARACTERS_MAX]


def _details(result: AuditResult) -> Iterator[str]:
    not_understood = (f"Not understood: {each.id}: {each.what} ({each.place})" for each in result.not_understood)
    lines = (*(f"Looked at {line}" for line in result.looked_at), *result.said, *left_out(result), *not_understood)
    if lines:
        yield "<details><summary>What was looked at, and what was not</summary>"
        yield ""
        yield from (f"- {_text(line)}" for line in lines[:_DETAILS_MAX])
        yield ""
        yield "</details>"


def _text(value: str) -> str:
    """One line that Markdown shows as it is."""
    line = " ".join("".join(char if char.isprintable() else " " for char in value).split())
    shown = line if len(line) <= _CELL_CHARACTERS_MAX else f"{line[: _CELL_CHARACTERS_MAX - 1]}…"
    escaped = "".join(f"\\{char}" if char in r"\`*_[]|~#" else char for char in shown)
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace("@", "@\N{ZERO WIDTH SPACE}")


def _code(value: str) -> str:
    return value.replace("`", "'").replace("|", "\\|")
