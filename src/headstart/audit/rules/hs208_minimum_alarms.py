"""A function that is watched in part.

The template has alarms on Lambda's metrics, and one of its functions lacks one of the minimum: errors, throttles, slow
requests. It is a warning for throttles where concurrency is reserved, and information otherwise.

The principle of all rules about missing alarms: a template without any says that its alarms are elsewhere, or not
wanted yet, and at most information is given. A template that has alarms cares, and a gap in them is worth a word.

*Why it costs.* A throttled request is neither an invocation nor an error: without an alarm on Throttles, a function at
its reserved concurrency loses requests in silence. Requests that come close to the timeout show in Duration alone.

*Use instead.* Three alarms for a function: rate of errors, Throttles above 0, and p99 of Duration above 80 % of the
timeout.

*Evidence.* AWS's minimum set; errors and throttles are also in CloudWatch's recommended alarms.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html
(2026-11-23)
"""

from collections.abc import Iterator

import msgspec

from headstart.audit.alarms import alarms, alarms_on, are_watched
from headstart.audit.concurrency import is_provisioned
from headstart.audit.declared import is_whole, own_functions
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity

RULE = Rule(id="HS208", name="minimum-alarms", severity=Severity.WARNING, sees=frozenset({Sees.TEMPLATE}))
_MINIMUM = {"errors": "Errors", "throttles": "Throttles", "slow requests": "Duration"}


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each function that lacks some, in a template that has alarms."""
    if not any(alarms(subject)):
        return
    for infrastructure, function in own_functions(subject):
        watching = alarms_on(function, subject, within=infrastructure)
        is_limited = bool(function.reserved) or is_provisioned(infrastructure, function)
        missing = [what for what, metric in _MINIMUM.items() if not are_watched(watching, metric)]
        if missing and (watching or is_limited) and is_whole(infrastructure):
            finding = RULE.finding(
                f"nothing watches {function.id} for {', '.join(missing)}",
                f"add an alarm on {', '.join(_MINIMUM[what] for what in missing)}",
                place=function.resource.place,
                subject=function.id,
            )
            is_urgent = bool(function.reserved) and "throttles" in missing
            yield finding if is_urgent else msgspec.structs.replace(finding, severity=Severity.INFO)
