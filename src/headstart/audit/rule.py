"""What a rule is: a module of ``audit/rules`` with a ``RULE``, a ``find`` and a docstring that explains it."""

from collections.abc import Callable, Iterator
from enum import StrEnum

import msgspec

from headstart.audit.subject import Subject
from headstart.model.finding import Edit, Finding, Severity
from headstart.model.infrastructure import Place


class Sees(StrEnum):
    """What a rule needs to look at; it runs when all of it is there."""

    TEMPLATE = "template"
    CODE = "code"
    PACKAGE = "package"
    MEASURED = "measured"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule's own facts. ``name`` is in words with hyphens; ``sees`` what it needs, all of it.

    ``is_about_speed``: it claims time or money, so ``bench/rules`` measures bad against good.
    """

    id: str
    name: str
    severity: Severity
    sees: frozenset[Sees]
    is_about_speed: bool = False

    def finding(
        self,
        message: str,
        remedy: str,
        *,
        place: Place,
        subject: str = "",
        edits: tuple[Edit, ...] = (),
        is_safe: bool = False,
    ) -> Finding:
        """A finding of this rule, at its usual severity; ``msgspec.structs.replace`` for another or for savings."""
        return Finding(
            rule=self.id,
            severity=self.severity,
            message=message,
            remedy=remedy,
            place=place,
            subject=subject,
            edits=edits,
            is_safe=is_safe,
        )


Find = Callable[[Subject], Iterator[Finding]]
