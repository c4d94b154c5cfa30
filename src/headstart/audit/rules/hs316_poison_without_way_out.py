"""A queue or stream on which one bad record stops the rest.

An SQS queue that a function reads has no RedrivePolicy; or a Kinesis or DynamoDB stream is read without an end to
retries: neither MaximumRetryAttempts nor MaximumRecordAgeInSeconds, and no destination for failures.

*Why it costs.* A message that always fails comes back until its retention ends, 4 days by default, and runs the
function each time. On a stream it holds up its whole shard: all records behind it wait until it expires, after 24 hours
by default, and are then late or lost.

*Use instead.* RedrivePolicy with a dead-letter queue and maxReceiveCount of 5 or so. On streams
BisectBatchOnFunctionError, a limit to attempts or age, and DestinationConfig.OnFailure.

*Evidence.* Defaults of AWS: retries until the record expires (-1) for streams, no limit to receives for queues.

Source: https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html and
services-sqs-errorhandling.html (2026-11-25)
"""

from collections.abc import Iterator

from headstart.audit.declared import is_understood, is_unset
from headstart.audit.rule import Rule, Sees
from headstart.audit.subject import Subject
from headstart.model.finding import Finding, Severity
from headstart.model.infrastructure import EventSource, Infrastructure, Resource, Symbolic

RULE = Rule(id="HS316", name="poison-without-way-out", severity=Severity.WARNING, sees=frozenset({Sees.TEMPLATE}))
_QUEUE = "AWS::SQS::Queue"
_STREAMS = frozenset({"kinesis", "dynamodb"})
_ENDS = (("MaximumRetryAttempts",), ("MaximumRecordAgeInSeconds",), ("DestinationConfig", "OnFailure"))


def find(subject: Subject) -> Iterator[Finding]:
    """One finding for each such queue and each mapping of a stream."""
    for infrastructure in subject.infrastructures:
        for source in infrastructure.event_sources:
            if source.kind == "sqs":
                yield from _of_queue(infrastructure, source)
            elif source.kind in _STREAMS and _never_ends(infrastructure, source):
                yield RULE.finding(
                    f"a record that {source.function} fails on is tried until it expires, and holds up its shard",
                    "set MaximumRetryAttempts, BisectBatchOnFunctionError and DestinationConfig.OnFailure",
                    place=source.resource.place,
                    subject=source.resource.id,
                )


def _of_queue(infrastructure: Infrastructure, source: EventSource) -> Iterator[Finding]:
    queue = infrastructure.resources.get(source.source)
    if queue is None or queue.type != _QUEUE or _is_for_dead_letters(infrastructure, queue):
        return
    if is_unset(infrastructure, queue, "RedrivePolicy"):
        yield RULE.finding(
            f"a message that {source.function} fails on comes back to {queue.id} until its retention ends",
            "give the queue a RedrivePolicy with a dead-letter queue",
            place=queue.place,
            subject=queue.id,
        )


def _is_for_dead_letters(infrastructure: Infrastructure, queue: Resource) -> bool:
    """What has failed elsewhere comes here: it is not to be moved on once more."""
    targets = (other.get("RedrivePolicy", "deadLetterTargetArn") for other in infrastructure.of_type(_QUEUE))
    return any(isinstance(target, Symbolic) and queue.id in target.refers_to for target in targets)


def _never_ends(infrastructure: Infrastructure, source: EventSource) -> bool:
    return is_understood(infrastructure, source.resource) and all(
        is_unset(infrastructure, source.resource, *path) or source.resource.get(*path) == -1 for path in _ENDS
    )
