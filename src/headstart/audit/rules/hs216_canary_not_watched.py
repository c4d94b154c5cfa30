"""A gradual deployment that no alarm stops.

CodeDeploy shifts an alias's traffic in steps, no hook tests the new version first, and its deployment group has no
alarm; or its alarms are all rates or durations of the alias or function as a whole, none of the executed version.

*Why it costs.* Without an alarm the steps only make a bad version arrive later. With alarms on the whole, a canary of
10 % that fails half its requests is a rate of 5 %: below most thresholds, until it has all the traffic.

*Use instead.* AlarmConfiguration with an alarm on the new version (dimensions FunctionName, Resource and
ExecutedVersion), or one on the count of errors above 0.

*Evidence.* Arithmetic; SAM's documentation of DeploymentPreference alarms on the version as well as on the alias.

Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html (2026-11-23), and "Gradual code
deployment" in the SAM developer guide
"""

from collections.abc import Iterator, Mapping

from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import DeclaredAlarm, DeclaredAlias, Infrastructure, Resource, Symbolic
from headstart.model.lambda_metrics import COUNTS, OUTCOMES

RULE = Rule(id="HS216", name="canary-not-watched", severity=Severity.WARNING, sees=frozenset({Sees.TEMPLATE}))
_ALARMS = ("AlarmConfiguration", "Alarms")


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each deployment group whose alarms do not see the new version."""
    for infrastructure in subject.infrastructures:
        for alias in infrastructure.aliases:
            group = _group(infrastructure, alias)
            if group is not None and not _is_all_at_once(group):
                yield from _unseen(infrastructure, alias, group=group)


def _group(infrastructure: Infrastructure, alias: DeclaredAlias) -> Resource | None:
    """Its deployment group, unless a hook tests the new version before it has any traffic."""
    named = alias.resource.update_policy.get("CodeDeployLambdaAliasUpdate")
    if not isinstance(named, Mapping) or "BeforeAllowTrafficHook" in named:
        return None
    name = named.get("DeploymentGroupName")
    referred = [infrastructure.resources.get(one) for one in name.refers_to] if isinstance(name, Symbolic) else []
    return next((one for one in referred if one and one.type == "AWS::CodeDeploy::DeploymentGroup"), None)


def _is_all_at_once(group: Resource) -> bool:
    return "AllAtOnce" in str(group.get("DeploymentConfigName", default=""))


def _unseen(infrastructure: Infrastructure, alias: DeclaredAlias, *, group: Resource) -> Iterator[Finding]:
    listed = group.get(*_ALARMS, default=())
    if isinstance(listed, Symbolic) or isinstance(group.get("AlarmConfiguration"), Symbolic):
        return
    watching = [alarm for alarm in infrastructure.alarms if _is_listed(alarm, listed)]
    if len(watching) < len(listed) or any(map(_sees_a_version, watching)):
        return
    what = "all its alarms dilute the new version with the old" if listed else "it has no alarm"
    yield RULE.finding(
        f"nothing stops a bad version of {alias.function} on its way to alias {alias.name}: {what}",
        "give the deployment group an alarm on the errors of the executed version",
        place=group.place_of(*_ALARMS),
        subject=group.id,
    )


def _is_listed(alarm: DeclaredAlarm, listed: list[dict[str, object]]) -> bool:
    names = [entry.get("Name") for entry in listed]
    return any(
        alarm.resource.id in name.refers_to if isinstance(name, Symbolic) else name == alarm.name for name in names
    )


def _sees_a_version(alarm: DeclaredAlarm) -> bool:
    """By its dimension, or as a count of which even a few are too many."""
    is_count = all(query.name in OUTCOMES | COUNTS and not query.expression for query in alarm.queries)
    return bool(alarm.executed_version) or (is_count and (alarm.threshold or 0) <= 1)
