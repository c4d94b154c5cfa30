"""What ``headstart fix`` would do, as data: the files before and after, and what it leaves to the user."""

from decimal import Decimal

import msgspec

from headstart.model.finding import Finding
from headstart.model.gain import Gain


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


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one rule's edits of one file, tried on the function that the file is of.

    ``saves_usd`` is per million invocations at its traffic. ``withdrawn`` says why the edits are left out, and is empty
    where they are not; ``doubt`` is what keeps the proof that the function behaves as before from "same".
    """

    rule: str
    file: str
    events: int = 0
    gains: tuple[Gain, ...] = ()
    saves_usd: Decimal | None = None
    doubt: str = ""
    withdrawn: str = ""


class FixPlan(msgspec.Struct, frozen=True, kw_only=True):
    """``held_back`` are findings with edits that may change what the function answers, and were not asked for;
    ``trials`` is what was measured of edits that are about speed."""

    changes: tuple[FileChange, ...] = ()
    refused: tuple[Refused, ...] = ()
    held_back: tuple[Finding, ...] = ()
    trials: tuple[Trial, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Those that the changes answer, each once."""
        return tuple({id(each): each for change in self.changes for each in change.findings}.values())
