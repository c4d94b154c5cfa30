"""An alarm that tells nobody, or whose name is fixed.

An alarm on Lambda's metrics has no action, and nothing else in the template uses it (a warning). Or the name of an
alarm, or of the topic that it notifies, is fixed text (information).

*Why it costs.* An alarm without action is seen by those who look at the console anyway. A fixed name collides with the
stack of a second stage; PutMetricAlarm replaces by name, so that one stack's alarm quietly becomes the other's.

*Use instead.* AlarmActions with a topic, or a composite alarm, or a deployment group that rolls back on it. No
AlarmName or TopicName, or one with the stack's name in it: ``!Sub ${AWS::StackName}-errors``.

*Evidence.* AWS's guidance for alarms: PutMetricAlarm is an upsert by name.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html (2026-11-23)
"""

from collections.abc import Iterator

import msgspec

from headstart.audit.alarms import alarms
from headstart.audit.declared import is_whole
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import DeclaredAlarm, Infrastructure, Resource, Symbolic

RULE = Rule(id="HS212", name="alarm-names-and-actions", severity=Severity.WARNING, sees=frozenset({Sees.TEMPLATE}))
_ACTIONS = ("AlarmActions", "OKActions", "InsufficientDataActions")


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each alarm that tells nobody, and for each fixed name of an alarm or its topic."""
    named: dict[str, Resource] = {}
    for infrastructure, alarm in alarms(subject):
        if not _tells_somebody(infrastructure, alarm) and is_whole(infrastructure):
            yield RULE.finding(
                f"{alarm.resource.id} has no action, and nothing in the template uses it",
                "AlarmActions: a topic; or use it in a composite alarm or a deployment group",
                place=alarm.resource.place,
                subject=alarm.resource.id,
            )
        for resource in (alarm.resource, *_topics(infrastructure, alarm)):
            named[f"{infrastructure.file} {resource.id}"] = resource
    for resource in named.values():
        yield from _fixed_name(resource)


def _tells_somebody(infrastructure: Infrastructure, alarm: DeclaredAlarm) -> bool:
    if any(alarm.resource.get(key) for key in _ACTIONS):
        return True
    if any(_reacts_to_alarms(rule) for rule in infrastructure.of_type("AWS::Events::Rule")):
        return True
    in_composite = {child for composite in infrastructure.composite_alarms for child in composite.children}
    users = (
        resource for resource in infrastructure.resources.values() if resource.type != "AWS::CloudWatch::Dashboard"
    )
    return alarm.resource.id in in_composite or any(alarm.resource.id in resource.refers_to for resource in users)


def _reacts_to_alarms(rule: Resource) -> bool:
    sources = rule.get("EventPattern", "source", default=())
    return "aws.cloudwatch" in sources if isinstance(sources, list | tuple) else False


def _topics(infrastructure: Infrastructure, alarm: DeclaredAlarm) -> Iterator[Resource]:
    for action in alarm.actions:
        for name in action.refers_to if isinstance(action, Symbolic) else ():
            topic = infrastructure.resources.get(name)
            if topic is not None and topic.type == "AWS::SNS::Topic":
                yield topic


def _fixed_name(resource: Resource) -> Iterator[Finding]:
    key = "TopicName" if resource.type == "AWS::SNS::Topic" else "AlarmName"
    name = resource.get(key)
    if isinstance(name, str):
        finding = RULE.finding(
            f"{resource.id} is always called {name}: a second stack of this template collides with it",
            f"leave {key} out, or put the stack's name in it",
            place=resource.place_of(key),
            subject=resource.id,
        )
        yield msgspec.structs.replace(finding, severity=Severity.INFO)
