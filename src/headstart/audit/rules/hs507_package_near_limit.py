"""Code and layers near the size that Lambda takes, or above it.

Unzipped, code and layers together have over 90 % of 250 MB: a warning; more than that: an error.

*Why it costs.* Lambda refuses the deployment. Near the limit the next update of a package does it, when it is not
expected.

*Use instead.* Leave out what the function does not load (HS502, HS504 and HS505 name some of it), or ship an image,
which may have 10 GB and starts 55 to 85 ms later.

*Evidence.* The size in the message, counted in the package at hand; the limit is AWS's own.

Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (2026-11-23)
"""

from collections.abc import Iterator

import msgspec

from headstart.audit.declared import is_zip
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import Place
from headstart.model.limits import PACKAGE_UNZIPPED_MB_MAX

RULE = Rule(id="HS507", name="package-near-limit", severity=Severity.WARNING, sees=frozenset({Sees.PACKAGE}))
_NEAR_RATIO = 0.9
_MB = 1024 * 1024


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each function, at its code."""
    for function in subject.functions:
        contents, declared = function.contents, function.declared
        if contents is None or (declared is not None and not is_zip(declared)):
            continue
        size_mb = contents.size_bytes / _MB
        if size_mb > _NEAR_RATIO * PACKAGE_UNZIPPED_MB_MAX:
            finding = RULE.finding(
                f"code and layers of {function.name} are {size_mb:,.0f} MB unzipped; Lambda takes "
                f"{PACKAGE_UNZIPPED_MB_MAX} MB",
                "leave out what the function does not load, or ship an image",
                place=Place(str(contents.root)),
                subject=function.name,
            )
            is_over = size_mb > PACKAGE_UNZIPPED_MB_MAX
            yield msgspec.structs.replace(finding, severity=Severity.ERROR) if is_over else finding
