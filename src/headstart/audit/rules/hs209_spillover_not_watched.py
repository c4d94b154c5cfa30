"""Provisioned concurrency without an alarm on what it cannot hold.

The template has alarms on Lambda's metrics, an alias of it has provisioned concurrency, and no alarm looks at spillover
or utilization of that alias. An alarm on such a metric without the dimension Resource counts as none: the metric is
published for the alias.

*Why it costs.* Beyond what is provisioned requests start cold, and nobody hears that the amount no longer suffices.

*Use instead.* An alarm on ProvisionedConcurrencySpilloverInvocations, Sum above 0, with the dimensions FunctionName and
Resource (``Orders:live``).

*Evidence.* Users find spillover by its latency: govuk-one-login/authentication-api#2017.

Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-concurrency.html (2026-11-23)
"""

from collections.abc import Iterator

from headstart.audit.alarms import alarms, alarms_on
from headstart.audit.concurrency import aliases_of, target_of
from headstart.audit.declared import is_whole, own_functions
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import DeclaredAlarm
from headstart.model.lambda_metrics import NAMESPACE

RULE = Rule(id="HS209", name="spillover-not-watched", severity=Severity.WARNING, sees=frozenset({Sees.TEMPLATE}))
_TELLING = ("ProvisionedConcurrencySpilloverInvocations", "ProvisionedConcurrencyUtilization")


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each provisioned alias that is not watched, in a template that has alarms."""
    if not any(alarms(subject)):
        return
    for infrastructure, function in own_functions(subject):
        for alias in aliases_of(infrastructure, function):
            is_provisioned = alias.provisioned or target_of(infrastructure, alias)
            watching = alarms_on(function, subject, within=infrastructure)
            if is_provisioned and is_whole(infrastructure) and not any(map(_tells, watching)):
                yield RULE.finding(
                    f"nothing tells when alias {alias.name} of {function.id} needs more than is provisioned",
                    "add an alarm on ProvisionedConcurrencySpilloverInvocations of "
                    f"Resource {function.name}:{alias.name}",
                    place=alias.resource.place,
                    subject=alias.resource.id,
                )


def _tells(alarm: DeclaredAlarm) -> bool:
    return any(
        query.namespace == NAMESPACE and query.name in _TELLING and "Resource" in query.dimensions
        for query in alarm.queries
    )
