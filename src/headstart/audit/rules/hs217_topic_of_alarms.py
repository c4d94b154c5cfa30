"""A topic of alarms that is not finished.

A topic that alarms notify has no subscription in the template, no alarm tells it when all is well again, or its policy
does not ask for TLS. It is information: subscriptions are often made by hand.

*Why it costs.* A topic without subscription tells nobody. Without OKActions nobody learns that it is over, and an
incident stays open. A topic without a policy on ``aws:SecureTransport`` takes messages over plain HTTP.

*Use instead.* A subscription (a confirmed address, or a chat or paging service), OKActions beside AlarmActions, and a
TopicPolicy that denies what is not ``aws:SecureTransport``.

*Evidence.* CDK's ``sns.Topic`` and ``SnsAction`` give none of the three by themselves.

Source: https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html (2026-11-23)
"""

from collections.abc import Iterator

from headstart.audit.alarms import alarms
from headstart.audit.declared import is_whole
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import Infrastructure, Resource, Symbolic

RULE = Rule(id="HS217", name="topic-of-alarms", severity=Severity.INFO, sees=frozenset({Sees.TEMPLATE}))


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each topic that alarms notify and that lacks something."""
    with_alarms = {infrastructure.file for infrastructure, _ in alarms(subject)}
    for infrastructure in subject.infrastructures:
        for topic in infrastructure.of_type("AWS::SNS::Topic") if infrastructure.file in with_alarms else ():
            missing = _missing(infrastructure, topic)
            if missing and is_whole(infrastructure):
                yield RULE.finding(
                    f"alarms notify {topic.id}, which has {' and '.join(missing)}",
                    "add what is missing, unless it is set up elsewhere",
                    place=topic.place,
                    subject=topic.id,
                )


def _missing(infrastructure: Infrastructure, topic: Resource) -> list[str]:
    notifying = [alarm for alarm in infrastructure.alarms if _names(alarm.actions, topic)]
    if not notifying:
        return []
    is_subscribed = bool(topic.get("Subscription")) or _has(infrastructure, "AWS::SNS::Subscription", topic=topic)
    says_ok = any(_names(alarm.ok_actions, topic) for alarm in notifying)
    asks_for_tls = _has(infrastructure, "AWS::SNS::TopicPolicy", topic=topic)
    checks = {"no subscription": is_subscribed, "no OK action": says_ok, "no policy that asks for TLS": asks_for_tls}
    return [what for what, is_there in checks.items() if not is_there]


def _names(actions: tuple[object, ...], topic: Resource) -> bool:
    return any(isinstance(action, Symbolic) and topic.id in action.refers_to for action in actions)


def _has(infrastructure: Infrastructure, resource_type: str, *, topic: Resource) -> bool:
    return any(topic.id in resource.refers_to for resource in infrastructure.of_type(resource_type))
