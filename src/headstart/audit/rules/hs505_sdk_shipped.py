"""AWS's SDK in the package of a function whose runtime has it.

boto3, botocore or what they need are installed in the code or a layer. Information: to ship a version of one's own is
a choice that AWS itself describes, when what the runtime has is too old or must not change.

*Why it costs.* botocore and what comes with it are some 20 MB unzipped. Without bytecode beside them, each cold start
compiles what it loads of them.

*Use instead.* Leave it out, or ship it for a reason, with bytecode.

*Evidence.* Importing boto3 with a client takes 2.5 times as long without bytecode (404 against 162 ms).
bench/rules/hs505.py compares a copy without bytecode with the local runtime's, which has it; that AWS's has it too is
taken for granted, not measured.

Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html (2026-11-23)
"""

from collections.abc import Iterator

from headstart.audit.contents import Distribution
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import Place
from headstart.model.runtime_packages import SDK_DISTRIBUTIONS

RULE = Rule(
    id="HS505",
    name="sdk-shipped",
    severity=Severity.INFO,
    sees=frozenset({Sees.PACKAGE}),
    is_about_speed=True,
)
_SDK = frozenset({"boto3", "botocore"})


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each function, with all that is shipped of it."""
    for function in subject.functions:
        distributions = function.contents.distributions if function.contents else ()
        shipped = [each for each in distributions if each.name in SDK_DISTRIBUTIONS]
        main = [each for each in shipped if each.name in _SDK]
        if main:
            size_mb = sum(each.size_bytes for each in shipped) / 1024 / 1024
            names = ", ".join(f"{each.name} {each.version}" for each in shipped)
            yield RULE.finding(
                f"{names} are shipped, {size_mb:,.1f} MB, and the runtime has them",
                "leave them out, unless you need this very version",
                place=_place(main[0]),
                subject=function.name,
            )


def _place(distribution: Distribution) -> Place:
    is_zip = distribution.where.endswith(".zip")
    return Place(distribution.where if is_zip else f"{distribution.where}/{distribution.folder}/METADATA")
