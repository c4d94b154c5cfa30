"""A package that is shipped twice.

The same distribution lies in the code and in a layer, in two layers, or in two versions in one folder.

*Why it costs.* One of them is never used: the code's hides the layers', a later layer's an earlier one's. Both count
against the 250 MB that a function may have unzipped. With two versions in one folder their files are mixed.

*Use instead.* Leave it out of one; install into an empty folder.

*Evidence.* The size in the message, counted in the package at hand. How much sooner a smaller package starts cannot be
measured here: AWS fetches it, this machine does not.

Source: https://docs.aws.amazon.com/lambda/latest/dg/python-layers.html (2026-11-25)
"""

from collections import defaultdict
from collections.abc import Iterator

from headstart.audit.contents import Distribution
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import Place

RULE = Rule(id="HS502", name="package-shipped-twice", severity=Severity.WARNING, sees=frozenset({Sees.PACKAGE}))


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each such distribution, at the copy that is hidden."""
    for function in subject.functions:
        copies: dict[str, list[Distribution]] = defaultdict(list)
        for distribution in function.contents.distributions if function.contents else ():
            copies[distribution.name].append(distribution)
        for name, same in copies.items():
            if len(same) > 1:
                *hidden, _ = sorted(same, key=lambda each: each.where == same[0].where)
                size_mb = sum(each.size_bytes for each in hidden) / 1024 / 1024
                yield RULE.finding(
                    f"{name} is shipped {len(same)} times, {' and '.join(_shown(each) for each in same)}: "
                    f"{size_mb:,.1f} MB for nothing",
                    "leave it out of one of them" if len({each.where for each in same}) > 1 else "install anew",
                    place=_place(hidden[0]),
                    subject=function.name,
                )


def _shown(distribution: Distribution) -> str:
    return f"{distribution.version} in {distribution.where}"


def _place(distribution: Distribution) -> Place:
    is_zip = distribution.where.endswith(".zip")
    return Place(distribution.where if is_zip else f"{distribution.where}/{distribution.folder}/METADATA")
