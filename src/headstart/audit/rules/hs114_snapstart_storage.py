"""SnapStart with storage that it does not support.

A function with SnapStart mounts a file system, or has more than 512 MB of ephemeral storage.

*Why it costs.* SnapStart supports neither: publishing a version fails, or has no snapshot.

*Use instead.* Drop one of the two: read what is needed from Amazon S3 into 512 MB of /tmp, or use provisioned
concurrency.

*Evidence.* Documented; SnapStart with 10 GB of /tmp passes cfn-lint and cloudformation-validate (2026-11-23).

Source: https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html (2026-11-23)
"""

from collections.abc import Iterator

from headstart.audit.declared import own_functions
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import DeclaredFunction
from headstart.model.limits import EPHEMERAL_STORAGE_MB_MIN

RULE = Rule(id="HS114", name="snapstart-storage", severity=Severity.WARNING, sees=frozenset({Sees.TEMPLATE}))


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each property that SnapStart does not go with."""
    for _, function in own_functions(subject):
        if function.has_snap_start:
            yield from _storage(function)


def _storage(function: DeclaredFunction) -> Iterator[Finding]:
    remedy = "drop SnapStart, or"
    if (function.ephemeral_storage_mb or 0) > EPHEMERAL_STORAGE_MB_MIN:
        yield RULE.finding(
            f"{function.id} has SnapStart and {function.ephemeral_storage_mb} MB of /tmp; it supports 512 MB",
            f"{remedy} leave EphemeralStorage at 512",
            place=function.resource.place_of("EphemeralStorage", "Size"),
            subject=function.id,
        )
    if function.resource.get("FileSystemConfigs"):
        yield RULE.finding(
            f"{function.id} has SnapStart and a file system, which it does not support",
            f"{remedy} read the files from Amazon S3",
            place=function.resource.place_of("FileSystemConfigs"),
            subject=function.id,
        )
