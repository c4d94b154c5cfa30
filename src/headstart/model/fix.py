"""What ``headstart fix`` would do, as data: the files before and after, and what it leaves to the user."""

import msgspec

from headstart.model.finding import Finding


class FileChange(msgspec.Struct, frozen=True, kw_only=True):
    """One file's text as it is and as it would be, line ends and all; ``findings`` are those that it answers."""

    file: str
    before: str
    after: str
    findings: tuple[Finding, ...]


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A finding whose edits cannot be carried out, and why."""

    finding: Finding
    why: str


class FixPlan(msgspec.Struct, frozen=True, kw_only=True):
    """``held_back`` are findings with edits that may change what the function answers, and were not asked for."""

    changes: tuple[FileChange, ...] = ()
    refused: tuple[Refused, ...] = ()
    held_back: tuple[Finding, ...] = ()
