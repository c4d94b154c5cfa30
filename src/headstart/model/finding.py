"""What an audit says: findings with their place and their remedy, and edits as data."""

from decimal import Decimal
from enum import IntEnum
from typing import Any

import msgspec

from headstart.model.infrastructure import Place, Step


class Severity(IntEnum):
    """How much a finding matters: an error breaks or cannot work, a warning costs, info is worth knowing."""

    INFO = 1
    WARNING = 2
    ERROR = 3

    @property
    def word(self) -> str:
        """As users write it: ``info``, ``warning``, ``error``."""
        return self.name.lower()


class SetProperty(msgspec.Struct, frozen=True, kw_only=True, tag="set-property"):
    """Set a property of a template's resource, e.g. path ``("TreatMissingData",)`` to ``"notBreaching"``.

    ``section`` is ``Properties``, or another key of the resource such as ``DeletionPolicy`` (then ``path`` is empty).
    """

    file: str
    id: str
    path: tuple[Step, ...]
    value: Any
    section: str = "Properties"


class RemoveProperty(msgspec.Struct, frozen=True, kw_only=True, tag="remove-property"):
    """Remove a property of a template's resource."""

    file: str
    id: str
    path: tuple[Step, ...]


class ReplaceCode(msgspec.Struct, frozen=True, kw_only=True, tag="replace-code"):
    """Replace the Python expression or statement at ``line``, ``column`` (from 1, in characters) by ``new``.

    ``old`` is its source as ``ast.unparse`` writes it, so that a file which has changed is not edited. ``imports`` are
    statements to add at the top unless they are there.
    """

    file: str
    line: int
    column: int
    old: str
    new: str
    imports: tuple[str, ...] = ()


class MoveImport(msgspec.Struct, frozen=True, kw_only=True, tag="move-import"):
    """Take what the import statement at ``line``, ``column`` binds as ``name`` to where it is used: ``before`` each of
    the statements at these lines and columns; nowhere where there are none. ``old`` is as in ReplaceCode.
    """

    file: str
    line: int
    column: int
    old: str
    name: str
    before: tuple[tuple[int, int], ...] = ()


class HoistCode(msgspec.Struct, frozen=True, kw_only=True, tag="hoist-code"):
    """Give ``value`` the ``name`` at module level, after the statement at line ``after``, and put ``new`` in the place
    of the expression or statement ``old``; a statement goes where ``new`` is empty, and its comments with the value.
    """

    file: str
    line: int
    column: int
    old: str
    new: str
    name: str
    value: str
    after: int
    imports: tuple[str, ...] = ()


class UnwrapWith(msgspec.Struct, frozen=True, kw_only=True, tag="unwrap-with"):
    """Put the statements in a ``with`` in its place; ``old`` is as in ReplaceCode."""

    file: str
    line: int
    column: int
    old: str


class AddLine(msgspec.Struct, frozen=True, kw_only=True, tag="add-line"):
    """Add a line at the end of a text file, such as requirements.txt, unless it is there."""

    file: str
    line: str


CodeEdit = ReplaceCode | MoveImport | HoistCode | UnwrapWith
Edit = SetProperty | RemoveProperty | CodeEdit | AddLine


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a rule found.

    ``message`` is one line, why it matters here, with the values; ``remedy`` one line, what to do. ``subject`` is what
    it is about: a logical id, a construct path, or a function's qualified name. ``edits`` carry out the remedy;
    ``is_safe``: without a change of what the function answers, so that ``fix --write`` applies them. ``saves_ms`` (per
    cold start) and ``saves_usd_month`` are measured, by the last ``check``. ``fingerprint`` (given by the runner) stays
    the same when lines move.
    """

    rule: str
    severity: Severity
    message: str
    remedy: str
    place: Place
    subject: str = ""
    edits: tuple[Edit, ...] = ()
    is_safe: bool = False
    saves_ms: float | None = None
    saves_usd_month: Decimal | None = None
    fingerprint: str = ""
