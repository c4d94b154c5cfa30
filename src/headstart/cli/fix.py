"""``headstart fix``: the edits that findings carry, as a diff, or carried out."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
from typer import Option

from headstart.cli import output
from headstart.cli.audit_flags import AuditPath, LookFlags, RuleFlags
from headstart.cli.exit_codes import ExitCode


class FixFlags(msgspec.Struct, frozen=True, kw_only=True):
    """What to do with the edits."""

    write: Annotated[bool, Option("--write", help="Change the files; without it they are only shown.")] = False
    unsafe: Annotated[
        bool, Option("--unsafe", help="Also edits that may change what the function answers: read those.")
    ] = False


def fix(path: AuditPath = Path(), *, look: LookFlags, rules: RuleFlags, flags: FixFlags) -> int:
    """Show the edits that findings carry as a diff; with --write, make them."""
    from headstart.audit.fix import apply, plan  # noqa: PLC0415  (what --help need not wait for)
    from headstart.cli.auditing import findings_at, settings_of  # noqa: PLC0415
    from headstart.report import fix_as_diff  # noqa: PLC0415

    settings = settings_of(path, look, rules=rules)
    planned = plan.plan(findings_at(path, settings).findings, unsafe=flags.unsafe)
    output.write(sys.stdout, fix_as_diff.diff(planned).encode())
    if flags.write:
        apply.write(planned.changes)
    output.notes(fix_as_diff.closing_words(planned, is_written=flags.write))
    return ExitCode.OK
