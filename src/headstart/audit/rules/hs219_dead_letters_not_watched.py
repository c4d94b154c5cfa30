"""A dead-letter queue that nobody looks into.

Events or messages that a function could not handle go to a queue of the template; no alarm watches its depth and no
function reads it. It is a warning where the template has alarms on functions, and information elsewhere.

*Why it costs.* What is in that queue is lost work. It is deleted after the retention, 4 days unless said otherwise.

*Use instead.* An alarm on ApproximateNumberOfMessagesVisible of the queue, Maximum above 0, 1 of 1; and 14 days of
retention.

*Evidence.* AWS's minimum set of alarms: depth of the dead-letter queue above 0.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
(2026-11-23)
"""

from collections.abc import Iterator

import msgspec

from headstart.audit.alarms import alarms
from headstart.audit.declared import is_whole
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import Infrastructure, Resource, Step, Symbolic

RULE = Rule(id="HS219", name="dead-letters-not-watched", severity=Severity.WARNING, sees=frozenset({Sees.TEMPLATE}))
_ON_FAILURE = ("DestinationConfig", "OnFailure", "Destination")
# Where resources say what becomes of what failed.
_PATHS: dict[str, tuple[Step, ...]] = {
    "AWS::Lambda::Function": ("DeadLetterConfig", "TargetArn"),
    "AWS::Lambda::EventInvokeConfig": _ON_FAILURE,
    "AWS::Lambda::EventSourceMapping": _ON_FAILURE,
}


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each such queue."""
    has_alarms = any(alarms(subject))
    for infrastructure in subject.infrastructures:
        read = {source.source for source in infrastructure.event_sources}
        for queue in _dead_letter_queues(infrastructure):
            if queue.id not in read and not _is_watched(queue, subject, within=infrastructure):
                finding = RULE.finding(
                    f"what fails ends in {queue.id}, and nothing tells when something does",
                    "add an alarm on ApproximateNumberOfMessagesVisible above 0",
                    place=queue.place,
                    subject=queue.id,
                )
                yield finding if has_alarms else msgspec.structs.replace(finding, severity=Severity.INFO)


def _dead_letter_queues(infrastructure: Infrastructure) -> list[Resource]:
    targets = [
        resource.get(*path)
        for resource_type, path in _PATHS.items()
        for resource in infrastructure.of_type(resource_type)
    ]
    read = {source.source for source in infrastructure.event_sources}
    targets += [
        queue.get("RedrivePolicy", "deadLetterTargetArn")
        for queue in infrastructure.of_type("AWS::SQS::Queue")
        if queue.id in read
    ]
    named = {name for target in targets if isinstance(target, Symbolic) for name in target.refers_to}
    return [queue for queue in infrastructure.of_type("AWS::SQS::Queue") if queue.id in named]


def _is_watched(queue: Resource, subject: Subject, *, within: Infrastructure) -> bool:
    """Whether an alarm looks at the queue; one of another template may."""
    for infrastructure in subject.infrastructures:
        for alarm in infrastructure.alarms:
            names = [query.dimensions.get("QueueName") for query in alarm.queries if query.namespace == "AWS/SQS"]
            if names and (infrastructure is not within or any(_is_name(name, queue) for name in names)):
                return True
    return not is_whole(within)


def _is_name(name: object, queue: Resource) -> bool:
    return queue.id in name.refers_to if isinstance(name, Symbolic) else name == queue.get("QueueName")
