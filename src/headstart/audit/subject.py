"""What rules look at: templates, code, built packages and measurements of one project, together."""

from datetime import date
from pathlib import Path

import msgspec

from headstart.audit.code.program import Function, Program
from headstart.audit.contents import Contents
from headstart.model.infrastructure import DeclaredFunction, Infrastructure
from headstart.model.results import CheckResult


class AuditedFunction(msgspec.Struct, frozen=True, kw_only=True):
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


class Subject(msgspec.Struct, frozen=True, kw_only=True):
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
