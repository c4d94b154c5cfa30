"""A file written outside /tmp, or files in /tmp that are never removed.

*Why it costs.* All but /tmp is read-only on Lambda, the working directory /var/task too: the write raises ``OSError``,
though it works on the machine where it was tested. /tmp outlives the invocation: files with a new name each time fill
it, until the environment fails with "No space left on device".

*Use instead.* ``tempfile.TemporaryDirectory()`` around the work, or one fixed name in /tmp that is written over.

*Evidence.* Both can be seen on the local engine, whose file systems are as Lambda's.

Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (2026-11-25)
"""

from collections.abc import Iterator

import msgspec

from headstart.audit.code.file_writes import TMP, Write, writes
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(
    id="HS406",
    name="writes-outside-tmp",
    severity=Severity.ERROR,
    sees=frozenset({Sees.CODE}),
)
_WRITABLE = (TMP, "/mnt/", "/dev/", "/proc/self/")
_REMOVES = ("os.remove", "os.unlink", ".unlink(", "rmtree", "TemporaryDirectory", "cleanup", "os.rmdir")


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each write whose path is known to be elsewhere, or new in each invocation and never removed."""
    for program in subject.lambda_programs:
        changes_folder = any(module.mentions("os.chdir", "contextlib.chdir") for module in program.modules.values())
        removes = any(module.mentions(*_REMOVES) for module in program.modules.values())
        for write in writes(program):
            call = write.call
            runs = call.in_function in subject.invoked if call.in_function else not call.in_main
            if not runs:
                continue
            if _is_refused(write, changes_folder=changes_folder):
                if not call.in_try:
                    yield _refused(write)
            elif call.in_function is not None and write.is_new and not removes:
                yield _kept(write)


def _is_refused(write: Write, *, changes_folder: bool) -> bool:
    if write.path is None:
        return False
    if write.path.startswith("/"):
        return not write.path.startswith(_WRITABLE)
    return bool(write.path) and not changes_folder and not write.path.startswith(("~", ":", "{"))


def _refused(write: Write) -> Finding:
    return RULE.finding(
        f"{write.path!r} cannot be written on Lambda: only /tmp can",
        "write to /tmp, or to tempfile.TemporaryDirectory()",
        place=write.call.place,
        subject=write.call.in_function.full_name if write.call.in_function else write.call.module.name,
    )


def _kept(write: Write) -> Finding:
    finding = RULE.finding(
        "a new file in /tmp in each invocation, and nothing removes it: /tmp fills up while the environment lives",
        "write within tempfile.TemporaryDirectory(), or remove the file in a finally",
        place=write.call.place,
        subject=write.call.in_function.full_name if write.call.in_function else "",
    )
    return msgspec.structs.replace(finding, severity=Severity.WARNING)
