"""What rules look at: templates, code, built packages and measurements of one project, together."""

from collections.abc import Iterator
from datetime import date
from functools import cached_property
from pathlib import Path

import msgspec

from headstart.audit.code.event import FromEvent
from headstart.audit.code.program import Call, Function, Module, Program
from headstart.audit.contents import Contents
from headstart.model.infrastructure import DeclaredFunction, Infrastructure
from headstart.model.results import CheckResult


class AuditedFunction(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One Lambda function from all sides; None for a side that is not there.

    ``declared`` in ``infrastructure``; ``program`` is its package's own Python code and ``handler`` the function in it;
    ``contents`` are the files of its package; ``measured`` is the last ``check`` of it.
    """

    name: str
    infrastructure: Infrastructure | None = None
    declared: DeclaredFunction | None = None
    program: Program | None = None
    handler: Function | None = None
    contents: Contents | None = None
    measured: CheckResult | None = None

    @cached_property
    def invoked(self) -> frozenset[Function]:
        """The functions of its code that an invocation may call."""
        return frozenset(self.program.reachable(self.handler)) if self.program and self.handler else frozenset()

    @cached_property
    def repeated(self) -> dict[Function, tuple[Call, ...]]:
        """The functions of its code that every invocation may call anew, with the calls on the way to each."""
        return self.program.repeated(self.handler) if self.program and self.handler else {}

    @cached_property
    def from_event(self) -> FromEvent | None:
        """What in its code comes from the event."""
        return FromEvent(self.handler) if self.handler else None


class Subject(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """All of a project. ``programs`` are the distinct bodies of Python code, those of ``functions`` included, and the
    CDK program if there is one; ``account_concurrency`` is the account's quota where the user gave it. ``said`` has a
    sentence for each thing that was left out, e.g. a measurement older than the code. ``today`` is the day of the
    audit, for what AWS does on a date; None: the day on which those dates were read.
    """

    root: Path
    infrastructures: tuple[Infrastructure, ...] = ()
    programs: tuple[Program, ...] = ()
    functions: tuple[AuditedFunction, ...] = ()
    account_concurrency: int | None = None
    today: date | None = None
    said: tuple[str, ...] = ()

    def modules(self, *words: str) -> Iterator[Module]:
        """Every module of code whose text has one of the words."""
        for program in self.programs:
            yield from _mentioning(program, words)

    def lambda_modules(self, *words: str) -> Iterator[Module]:
        """The same of what Lambda functions run."""
        for program in self.lambda_programs:
            yield from _mentioning(program, words)

    @cached_property
    def lambda_programs(self) -> tuple[Program, ...]:
        """The bodies of code that Lambda functions run: not the CDK program."""
        return tuple({id(found.program): found.program for found in self.functions if found.program}.values())

    @cached_property
    def invoked(self) -> frozenset[Function]:
        """The functions of code that an invocation of some Lambda function may call."""
        return frozenset().union(*(function.invoked for function in self.functions))


def _mentioning(program: Program, words: tuple[str, ...]) -> Iterator[Module]:
    """The modules whose text has one of the words."""
    return (module for module in program.modules.values() if any(word in module.source for word in words))
