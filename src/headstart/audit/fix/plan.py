"""Turns the edits of findings into new texts of files: all edits of a finding, or none of them."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path

from headstart.audit.fix import config_text, plain_text, template_text
from headstart.audit.fix.generated import source_hint
from headstart.errors import EditError
from headstart.model.finding import AddLine, CodeEdit, Edit, Finding
from headstart.model.fix import FileChange, FixPlan, Refused

Read = Callable[[str], str]


def read_text(file: str) -> str:
    """The text of ``file`` with its line ends as they are.

    Raises:
        EditError: it cannot be read as UTF-8 text, or another program makes it.
    """
    if hint := source_hint(Path(file)):
        raise EditError(hint)
    try:
        return Path(file).read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise EditError(f"{file} cannot be read as text: {error}") from error


def plan(findings: Iterable[Finding], *, unsafe: bool = False) -> FixPlan:
    """The edits of ``findings`` carried out on the files as they are now.

    Where two findings want the same piece of code, the first has it. ``unsafe`` includes those that are not safe.
    """
    with_edits = [finding for finding in findings if finding.edits]
    wanted = [finding for finding in with_edits if finding.is_safe or unsafe]
    read = cache(read_text)
    possible, refused = _each_alone(wanted, read)
    accepted, conflicting = _together(possible, read)
    after = _carried_out(accepted, read)
    changes = [_change(file, text, before=read(file), accepted=accepted) for file, text in after.items()]
    return FixPlan(
        changes=tuple(change for change in changes if change.before != change.after),
        refused=(*refused, *conflicting),
        held_back=tuple(finding for finding in with_edits if finding not in wanted),
    )


def changed(edits: Iterable[Edit]) -> tuple[FileChange, ...]:
    """What edits that no finding carries make of the files as they are now; nothing where they say so already.

    Raises:
        EditError: one of them cannot be carried out.
    """
    read = cache(read_text)
    after = _texts(edits, read)
    changes = (FileChange(file=file, before=read(file), after=text, findings=()) for file, text in after.items())
    return tuple(change for change in changes if change.before != change.after)


def as_separate_plans(findings: Iterable[Finding]) -> dict[str, tuple[FileChange, ...]]:
    """What each finding alone would change, by its fingerprint; without those that cannot be carried out."""
    plans = {finding.fingerprint: plan([finding], unsafe=True) for finding in findings if finding.edits}
    return {fingerprint: each.changes for fingerprint, each in plans.items() if each.changes}


def _each_alone(findings: Iterable[Finding], read: Read) -> tuple[list[Finding], list[Refused]]:
    possible, refused = [], []
    for finding in findings:
        try:
            _carried_out([finding], read)
            possible.append(finding)
        except EditError as error:
            refused.append(Refused(finding=finding, why=error.message))
    return possible, refused


def _together(findings: list[Finding], read: Read) -> tuple[list[Finding], list[Refused]]:
    """All of them, unless two are in each other's way; then one after the other."""
    try:
        _carried_out(findings, read)
        return findings, []
    except EditError:
        accepted: list[Finding] = []
        refused = []
        for finding in findings:
            try:
                _carried_out([*accepted, finding], read)
                accepted.append(finding)
            except EditError as error:
                refused.append(Refused(finding=finding, why=error.message))
        return accepted, refused


def _carried_out(findings: Sequence[Finding], read: Read) -> dict[str, str]:
    """The new text of each file that the findings edit."""
    return _texts((edit for finding in findings for edit in finding.edits), read)


def _texts(edits: Iterable[Edit], read: Read) -> dict[str, str]:
    """The new text of each file."""
    by_file: dict[str, list[Edit]] = {}
    for edit in edits:
        of_file = by_file.setdefault(edit.file, [])
        of_file += [edit] if edit not in of_file else []
    return {file: _edited(read(file), of_file) for file, of_file in by_file.items()}


def _edited(text: str, edits: Sequence[Edit]) -> str:
    """Code first and at once, as its places hold for the text as it is."""
    if of_code := [edit for edit in edits if isinstance(edit, CodeEdit)]:
        from headstart.audit.fix import python_text  # noqa: PLC0415  (LibCST takes longer to load than most audits)

        text = python_text.edited(text, of_code)
    for edit in edits:
        if isinstance(edit, AddLine):
            text = plain_text.edited(text, edit)
        elif not isinstance(edit, CodeEdit):
            text = (config_text if edit.file.endswith(".toml") else template_text).edited(text, edit)
    return text


def _change(file: str, after: str, *, before: str, accepted: Iterable[Finding]) -> FileChange:
    answered = tuple(finding for finding in accepted if any(edit.file == file for edit in finding.edits))
    return FileChange(file=file, before=before, after=after, findings=answered)
