"""What the search for imports to defer decided, by what it was measured, and what headstart.lock.json keeps of it."""

from enum import StrEnum
from typing import Final

import msgspec

from headstart.model.deferral import DeferrableImport
from headstart.model.gain import Gain
from headstart.model.placement import Conditions, Scores
from headstart.model.proof import Verdict

LOCK_FILE: Final = "headstart.lock.json"


class Why(StrEnum):
    """Why an import is deferred, or is not; each is the end of the sentence "it is …"."""

    UNUSED = "deferred: no event used it"
    USED_IN_INIT = "used in init"
    USED_BY_EVENT = "used by an event"
    USED_ELSEWHERE = "first used off the main thread"
    NOT_REACHED = "in a module that is not loaded then"
    LOADS_NOTHING = "of what is loaded anyway"
    SAVES_LITTLE = "of what loads in no time"
    KNOWN_CULPRIT = "known to change what the function does"
    CULPRIT = "found to change what the function does"
    WITHDRAWN = "not deferred after all"


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """One import and why it is deferred or not. ``detail`` is the event that used it, or what differed without it.

    ``saved_ms`` is how long the modules take to load that its deferral keeps out; several may share those.
    """

    of: DeferrableImport
    why: Why
    detail: str = ""
    saved_ms: float = 0.0


class Culprit(msgspec.Struct, frozen=True, kw_only=True):
    """An import whose deferral changes what some function does; ``reason`` says what of it."""

    distribution: str
    path: str
    text: str
    reason: str = ""

    def is_of(self, statement: DeferrableImport) -> bool:
        """Whether this is that import, in that version of that distribution."""
        return (self.distribution, self.path, self.text) == (statement.distribution, statement.path, statement.text)


class DeferralResult(msgspec.Struct, frozen=True, kw_only=True):
    """What is deferred and why the rest is not.

    ``kept_out`` are the modules that are then not loaded; ``garbage``: its collection is put off until init has ended.
    ``withdrawn`` says why nothing is deferred where a search
    found something, or could not be made; ``refused`` are the events that fail without deferral too. ``decisions`` has
    every import, in the order of the package; none where ``is_locked``: what headstart.lock.json says still holds, and
    nothing was searched. ``scores`` are what init had to do before, measured, in both phases under ``conditions``.
    ``proof`` is the verdict of the replay of both packages; ``doubts`` names what keeps it from
    "same", or the search from its end.
    """

    events: tuple[str, ...]
    deferred: tuple[Decision, ...] = ()
    kept_out: tuple[str, ...] = ()
    garbage: bool = False
    culprits: tuple[Culprit, ...] = ()
    decisions: tuple[Decision, ...] = ()
    refused: tuple[str, ...] = ()
    gains: tuple[Gain, ...] = ()
    proof: Verdict | None = None
    doubts: tuple[str, ...] = ()
    withdrawn: str = ""
    trials: int = 0
    elapsed_s: float = 0.0
    is_locked: bool = False
    conditions: Conditions | None = None
    scores: Scores | None = None

    @property
    def puts_off(self) -> bool:
        """Whether anything is put off."""
        return bool(self.deferred) or self.garbage

    @property
    def is_settled(self) -> bool:
        """Whether the search came to its end, and what is shipped was proved to behave the same."""
        return not self.doubts

    @property
    def is_final(self) -> bool:
        """Whether another search would find no more: it is settled, or shipped with what could not be seen named."""
        return self.is_settled or bool(self.deferred)
