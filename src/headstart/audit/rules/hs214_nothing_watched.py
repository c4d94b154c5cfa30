"""A stack with aliases that nobody watches.

The template deploys functions by aliases, and neither it nor another template of the project has an alarm, a dashboard
or a gradual deployment. It is information, once for a template.

*Why it costs.* An alias is there to move traffic between versions safely. Without alarms nobody knows when to move it
back, and provisioned concurrency that no longer suffices shows as latency alone.

*Use instead.* The minimum alarms of HS208, spillover where concurrency is provisioned (HS209), and a gradual deployment
that rolls back on them: ``FunctionAlarms``, ``FunctionDashboard`` and ``GradualDeployment`` of headstart's constructs.

*Evidence.* What CDK makes of an alias with provisioned concurrency has none of them.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html (2026-11-23)
"""

from collections.abc import Iterator

from headstart.audit.alarms import is_for_scaling
from headstart.audit.concurrency import is_gradually_deployed
from headstart.audit.declared import is_whole
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import Infrastructure

RULE = Rule(id="HS214", name="nothing-watched", severity=Severity.INFO, sees=frozenset({Sees.TEMPLATE}))


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each template with aliases, in a project that watches nothing."""
    if any(map(_watches, subject.infrastructures)):
        return
    for infrastructure in subject.infrastructures:
        if infrastructure.aliases and is_whole(infrastructure):
            alias = infrastructure.aliases[0]
            yield RULE.finding(
                f"alias {alias.name} has neither alarm, dashboard nor gradual deployment",
                "add alarms on errors, throttles, slow requests and spillover, and deploy gradually on them",
                place=alias.resource.place,
                subject=alias.resource.id,
            )


def _watches(infrastructure: Infrastructure) -> bool:
    is_gradual = any(is_gradually_deployed(alias) for alias in infrastructure.aliases)
    has_alarms = any(not is_for_scaling(infrastructure, alarm) for alarm in infrastructure.alarms)
    return has_alarms or is_gradual or bool(infrastructure.composite_alarms or infrastructure.dashboards)
