"""A runtime that AWS has deprecated, or soon will.

The runtime's date of deprecation has come: a warning, and an error from the day on which functions with it can no
longer be created. In the last 180 days before it the finding is information.

*Why it costs.* There are no more security patches, later neither new functions nor updates: the fix that is needed in a
hurry cannot be deployed. Older Pythons lack what newer ones gained, SnapStart (from 3.12) among it.

*Use instead.* The newest Python that your packages support. Test first: modules have left the standard library in 3.12
and 3.13, so that no edit of this rule is safe.

*Evidence.* AWS's own dates, as of 2026-11-23: python3.9 is deprecated since 2025-12-15, python3.10 since 2026-10-31.

Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html (2026-11-23)
"""

from collections.abc import Iterator
from datetime import date, timedelta

import msgspec

from headstart.audit.declared import declared_functions
from headstart.audit.edits import setting
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.runtimes import AS_OF, NEWEST_PYTHON, PYTHON_LIFECYCLES, RuntimeLifecycle

RULE = Rule(id="HS305", name="deprecated-runtime", severity=Severity.WARNING, sees=frozenset({Sees.TEMPLATE}))
_SOON = timedelta(days=180)


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each function with such a runtime."""
    today = subject.today or AS_OF
    for function in declared_functions(subject):
        dates = PYTHON_LIFECYCLES.get(function.runtime or "")
        if dates is None or today < dates.deprecated - _SOON:
            continue
        finding = RULE.finding(
            f"{function.id} runs on {function.runtime}, {_what_happens(dates, today)}",
            f"move to {NEWEST_PYTHON}, or the newest that your packages support, and test",
            place=function.resource.place_of("Runtime"),
            subject=function.id,
            edits=setting(function.resource, ("Runtime",), to=NEWEST_PYTHON),
        )
        yield msgspec.structs.replace(finding, severity=_severity(dates, today))


def _what_happens(dates: RuntimeLifecycle, today: date) -> str:
    since = "since" if today >= dates.deprecated else "from"
    return (
        f"deprecated {since} {dates.deprecated}; new functions are blocked from {dates.creation_blocked}, updates from "
        f"{dates.update_blocked}"
    )


def _severity(dates: RuntimeLifecycle, today: date) -> Severity:
    if today >= dates.creation_blocked:
        return Severity.ERROR
    return RULE.severity if today >= dates.deprecated else Severity.INFO
