"""Alarms on a function whose traffic goes to an alias.

A function's requests come by an alias (an event source invokes it, it has provisioned concurrency, or CodeDeploy shifts
it), and all alarms on the function have the dimension FunctionName alone. It is information.

*Why it costs.* Such alarms mix all versions and aliases: tests of $LATEST set them off, and what one version does wrong
is diluted by the others. Metrics of provisioned concurrency are published for the alias.

*Use instead.* The dimensions FunctionName and Resource (``Orders:live``); ExecutedVersion besides for a new version
during a gradual deployment.

*Evidence.* A canary of 10 % that fails half its requests shows as 5 % on the alias, and less on the function.

Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html (2026-11-23)
"""

from collections.abc import Iterator

from headstart.audit.alarms import alarms_on
from headstart.audit.concurrency import aliases_of, is_gradually_deployed, target_of
from headstart.audit.declared import is_whole, own_functions
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import DeclaredAlias, Infrastructure

RULE = Rule(id="HS215", name="alias-not-watched", severity=Severity.INFO, sees=frozenset({Sees.TEMPLATE}))


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each function with an alias in use and alarms past it."""
    for infrastructure, function in own_functions(subject):
        used = [alias for alias in aliases_of(infrastructure, function) if _is_used(infrastructure, alias)]
        watching = alarms_on(function, subject, within=infrastructure) if used else []
        own = [alarm for alarm in watching if alarm.function in (function.id, function.name)]
        if own and is_whole(infrastructure) and not any(alarm.alias or alarm.executed_version for alarm in watching):
            yield RULE.finding(
                f"{own[0].resource.id} watches all of {function.id}, its traffic goes to alias {used[0].name}",
                f"add the dimension Resource: {function.name}:{used[0].name}",
                place=own[0].resource.place_of("Dimensions"),
                subject=own[0].resource.id,
            )


def _is_used(infrastructure: Infrastructure, alias: DeclaredAlias) -> bool:
    invoked = {(source.function, source.qualifier) for source in infrastructure.event_sources}
    is_shifted = is_gradually_deployed(alias) or bool(alias.weights)
    is_ready = bool(alias.provisioned) or target_of(infrastructure, alias) is not None
    return (alias.function, alias.name) in invoked or is_shifted or is_ready
