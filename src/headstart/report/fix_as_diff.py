"""What ``headstart fix`` would change, as a unified diff, and in words what it leaves alone."""

import difflib
from collections.abc import Iterator

from headstart.model.finding import Finding
from headstart.model.fix import FileChange, FixPlan
from headstart.model.text_lines import lines
from headstart.report import figures


def diff(plan: FixPlan) -> str:
    """The changes as ``patch`` reads them, paths as they were given; in words that there are none."""
    return "".join(line for change in plan.changes for line in _of_file(change)) or "there is nothing to change\n"


def closing_words(plan: FixPlan, *, is_written: bool) -> Iterator[str]:
    """A sentence for what was done, and for each finding for which it was not."""
    findings = {id(finding) for change in plan.changes for finding in change.findings}
    where = f"{figures.count(len(findings), 'finding')} in {figures.count(len(plan.changes), 'file')}"
    if plan.changes:
        yield f"fixed {where}" if is_written else f"would fix {where}; --write changes the files"
    for refused in plan.refused:
        yield f"{_named(refused.finding)} is not fixed: {refused.why}"
    if plan.held_back:
        named = ", ".join(_named(finding) for finding in plan.held_back)
        yield f"not fixed, as it may change what the function answers: {named}; --unsafe fixes it too"


def _named(finding: Finding) -> str:
    return f"{finding.rule} at {finding.place}"


def _of_file(change: FileChange) -> Iterator[str]:
    for line in difflib.unified_diff(lines(change.before), lines(change.after), f"a/{change.file}", f"b/{change.file}"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
