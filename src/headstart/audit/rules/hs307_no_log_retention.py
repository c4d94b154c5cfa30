"""Logs that are kept for ever.

The function's log group has no RetentionInDays; or it has none in the template, so that Lambda creates one whose logs
never expire. That is a warning where the template says how long another function's logs are kept, and information
where it says so of none: many accounts set the retention of all groups in one place.

*Why it costs.* Storage grows by every line that was ever written, for 0.03 USD per GB and month, and a search goes
through all of it. Ingestion, at 0.50 USD per GB, is often dearer than the invocations themselves.

*Use instead.* A log group of the function's own with a retention of days or weeks. An edit sets 14 days where there is
a group; it is not applied by itself, for what is older is deleted.

*Evidence.* List prices (us-east-1, 2026-11-23); AWS's serverless rules report the same as WS1004.

Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html (2026-11-25)
"""

from collections.abc import Iterator

import msgspec

from headstart.audit.declared import is_understood, is_unset, is_whole, own_functions
from headstart.audit.edits import setting
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import DeclaredFunction, Infrastructure, Resource, Symbolic

RULE = Rule(id="HS307", name="no-log-retention", severity=Severity.WARNING, sees=frozenset({Sees.TEMPLATE}))
_GROUP, _OF_CDK = "AWS::Logs::LogGroup", "Custom::LogRetention"
_DAYS = 14


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each function, at its log group where there is one."""
    for infrastructure, function in own_functions(subject):
        if not is_understood(infrastructure, function.resource):
            continue
        groups = _groups(infrastructure, function)
        if groups is None and is_whole(infrastructure):
            finding = RULE.finding(
                f"{function.id} has no log group in the template: Lambda makes one that keeps logs for ever",
                f"add an {_GROUP} named /aws/lambda/… with RetentionInDays: {_DAYS}",
                place=function.resource.place,
                subject=function.id,
            )
            yield (
                finding if _says_retention(infrastructure) else msgspec.structs.replace(finding, severity=Severity.INFO)
            )
        for group in groups or ():
            if group.type == _GROUP and is_unset(infrastructure, group, "RetentionInDays"):
                yield RULE.finding(
                    f"the log group of {function.id} has no RetentionInDays: logs are kept for ever",
                    f"set RetentionInDays, to {_DAYS} for example",
                    place=group.place,
                    subject=group.id,
                    edits=setting(group, ("RetentionInDays",), to=_DAYS),
                )


def _says_retention(infrastructure: Infrastructure) -> bool:
    groups = [group for function in infrastructure.functions for group in _groups(infrastructure, function) or ()]
    return any(group.get("RetentionInDays") is not None for group in groups)


def _groups(infrastructure: Infrastructure, function: DeclaredFunction) -> list[Resource] | None:
    """The log groups of the function; none of the template when it is elsewhere or cannot be known; None: no group."""
    every = [*infrastructure.of_type(_GROUP), *infrastructure.of_type(_OF_CDK)]
    given = function.resource.get("LoggingConfig", "LogGroup")
    if given is not None:
        return [group for group in every if _is_named(group, given)]
    own = [group for group in every if _is_of(group, function)]
    unknown = any(_could_be_any(group, infrastructure) for group in every)
    return own or ([] if unknown else None)


def _is_named(group: Resource, given: object) -> bool:
    if isinstance(given, Symbolic):
        return group.id in given.refers_to
    return bool(group.get("LogGroupName") == given)


def _is_of(group: Resource, function: DeclaredFunction) -> bool:
    name = group.get("LogGroupName")
    if isinstance(name, Symbolic):
        return function.id in name.refers_to or str(name) == f"/aws/lambda/{function.name}"
    return bool(name == f"/aws/lambda/{function.name}")


def _could_be_any(group: Resource, infrastructure: Infrastructure) -> bool:
    """Its name is known only after deployment, and does not refer to a function."""
    name = group.get("LogGroupName")
    if not isinstance(name, Symbolic):
        return False
    return not any(infrastructure.function(id_) for id_ in name.refers_to)
